"""The laws that every task must keep; ``kit certify`` and the tests check each task on a small sample of its own."""

from __future__ import annotations

from kit.certify.card import CARD
from kit.certify.context import Context, Law, Verdict, Violation, certify, check_law, make_context
from kit.certify.data import DATA
from kit.certify.export import EXPORT
from kit.certify.files import FILES
from kit.certify.models import MODELS
from kit.certify.submission import SUBMISSION
from kit.certify.training import TRAINING

QUICK: tuple[Law, ...] = (*CARD, *DATA, *FILES, *SUBMISSION)
"""The laws that need no training."""

LAWS: tuple[Law, ...] = (*QUICK, EXPORT, *TRAINING, MODELS)

__all__ = [
    "EXPORT",
    "LAWS",
    "MODELS",
    "QUICK",
    "TRAINING",
    "Context",
    "Law",
    "Verdict",
    "Violation",
    "certify",
    "check_law",
    "make_context",
]
