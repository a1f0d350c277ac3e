"""Are the data fit to train on?"""

from kit.audit.auditing import LEVELS, audit

__all__ = ["LEVELS", "audit"]
