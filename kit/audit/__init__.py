"""The audit: is this data fit to train on?"""

from kit.audit.audit import LEVELS, audit

__all__ = ["LEVELS", "audit"]
