"""The ledger of submissions and its ranking."""

from kit.leaderboard.ledger import HELD_OUT, Entry, entries, ledger_path, record, run_of
from kit.leaderboard.ranking import Board, Line, Standing, boards, page, shown, signed, standing

__all__ = [
    "HELD_OUT",
    "Board",
    "Entry",
    "Line",
    "Standing",
    "boards",
    "entries",
    "ledger_path",
    "page",
    "record",
    "run_of",
    "shown",
    "signed",
    "standing",
]
