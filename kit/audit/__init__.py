"""The audit: is this data fit to train on?"""

from kit.audit.audit import LEVELS, audit, audit_contest
from kit.audit.fitness import require_fit

__all__ = ["LEVELS", "audit", "audit_contest", "require_fit"]
