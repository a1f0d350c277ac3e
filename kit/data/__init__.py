"""A contest's files as samples, folds and batches."""

from kit.data.contest import ContestData
from kit.data.loader import Batch, Loader, plain_items
from kit.data.own_split import Fold

__all__ = ["Batch", "ContestData", "Fold", "Loader", "plain_items"]
