"""Blends: several runs' predictions combined, with a score that the choice of weights has not seen."""

from kit.blending.blend import METHODS, Blended, choose_blend
from kit.blending.blend_run import write_blend

__all__ = ["METHODS", "Blended", "choose_blend", "write_blend"]
