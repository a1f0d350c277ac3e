"""A contest's files as samples, folds and batches."""

from kit.data.contest import ContestData
from kit.data.loader import Loader
from kit.data.own_split import Fold
from kit.data.reading import Batch, plain_items

__all__ = ["Batch", "ContestData", "Fold", "Loader", "plain_items"]
