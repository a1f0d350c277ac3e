"""The ledger of scored submissions and the leaderboard made from it."""

from kit.leaderboard.board import Board, Row
from kit.leaderboard.ledger import HELD_OUT, Entry, entries, ledger_path, record, run_of
from kit.leaderboard.page import page
from kit.leaderboard.ranking import boards
from kit.leaderboard.run_scores import held_out_as_score, held_out_key, record_run
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
    "held_out_as_score",
    "held_out_key",
    "kept_file",
    "ledger_path",
    "page",
    "record",
    "record_run",
    "run_of",
    "standing",
]
