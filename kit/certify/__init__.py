"""The laws that every task keeps: ``kit certify`` and the tests hold each task to them on a small sample of its own."""

from __future__ import annotations

from kit.certify.card import CARD
from kit.certify.context import Bench, Broken, Law, Verdict, certify, hold, open_bench
from kit.certify.data import DATA
from kit.certify.submission import SUBMISSION
from kit.certify.training import TRAINING

QUICK: tuple[Law, ...] = (*CARD, *DATA, *SUBMISSION)
LAWS: tuple[Law, ...] = (*QUICK, *TRAINING)

__all__ = ["LAWS", "QUICK", "TRAINING", "Bench", "Broken", "Law", "Verdict", "certify", "hold", "open_bench"]
