"""A contest's files as samples, folds and batches."""

from kit.data.contest import ContestData
from kit.data.folds import Fold
from kit.data.loader import Batch, Loader, plain_items

__all__ = ["Batch", "ContestData", "Fold", "Loader", "plain_items"]
