"""The audit: is this data fit to train on?"""

from kit.auditing.audit import LEVELS, audit, audit_contest, audit_parts
from kit.auditing.fitness import require_fit

__all__ = ["LEVELS", "audit", "audit_contest", "audit_parts", "require_fit"]
