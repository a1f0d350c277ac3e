"""The ledger of scored submissions and the leaderboard made from it."""

from kit.boards.board import Board, Row
from kit.boards.page import page
from kit.boards.ranking import boards
from kit.boards.run_scores import held_out_as_score, held_out_key, record_run
from kit.boards.standing import Standing, standing
from kit.ledger import HELD_OUT, Entry, entries, kept_file, record, run_of

__all__ = [
    "HELD_OUT",
    "Board",
    "Entry",
    "Row",
    "Standing",
    "boards",
    "entries",
    "held_out_as_score",
    "held_out_key",
    "kept_file",
    "page",
    "record",
    "record_run",
    "run_of",
    "standing",
]
