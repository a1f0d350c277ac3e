"""The audit: is this data fit to train on?"""

from kit.auditing.audit import LEVELS, audit, audit_contest
from kit.auditing.fitness import require_fit

__all__ = ["LEVELS", "audit", "audit_contest", "require_fit"]
