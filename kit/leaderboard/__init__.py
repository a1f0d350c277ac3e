"""The ledger of scored submissions and the leaderboard made from it."""

from kit.leaderboard.board import Board, Row
from kit.leaderboard.ledger import HELD_OUT, Entry, entries, ledger_path, record, run_of
from kit.leaderboard.page import page
from kit.leaderboard.ranking import boards
from kit.leaderboard.standing import Standing, standing
from kit.leaderboard.submission_files import kept_file

__all__ = [
    "HELD_OUT",
    "Board",
    "Entry",
    "Row",
    "Standing",
    "boards",
    "entries",
    "kept_file",
    "ledger_path",
    "page",
    "record",
    "run_of",
    "standing",
]
