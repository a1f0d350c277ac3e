"""Runs compared sample by sample on what they held out."""

from kit.comparison.comparing import Comparison, Difference, Member, compare_runs
from kit.comparison.uses import uses_of_held_out

__all__ = ["Comparison", "Difference", "Member", "compare_runs", "uses_of_held_out"]
