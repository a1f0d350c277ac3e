"""The laws that every task keeps: ``kit certify`` and the tests hold each task to them on a small sample of its own."""

from __future__ import annotations

from kit.laws.bench import Bench, Broken, Law, Verdict, certify, hold, open_bench
from kit.laws.card import CARD
from kit.laws.data import DATA
from kit.laws.submission import SUBMISSION
from kit.laws.training import TRAINING

QUICK: tuple[Law, ...] = (*CARD, *DATA, *SUBMISSION)
LAWS: tuple[Law, ...] = (*QUICK, *TRAINING)

__all__ = ["LAWS", "QUICK", "TRAINING", "Bench", "Broken", "Law", "Verdict", "certify", "hold", "open_bench"]
