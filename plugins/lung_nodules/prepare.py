"""Prepare a scan step by step: resample it, segment the lungs, find candidates. For scripts and notebooks."""

from .ct.detection import cached_candidates, scan_mask
from .ct.preparation import cached_volume, open_volume, resample, to_hu

__all__ = ["cached_candidates", "cached_volume", "open_volume", "resample", "scan_mask", "to_hu"]
