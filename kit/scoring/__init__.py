"""A submission against the answers, and held-out predictions against their labels."""

from kit.scoring.answers import answers_path, find_answers, public_rows, read_answers
from kit.scoring.score import Score, evaluate, held_out_score, out_of_fold_score, score

__all__ = [
    "Score",
    "answers_path",
    "evaluate",
    "find_answers",
    "held_out_score",
    "out_of_fold_score",
    "public_rows",
    "read_answers",
    "score",
]
