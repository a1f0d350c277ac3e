"""Score submissions against the answers, and held-out predictions against their labels."""

from kit.scoring.answers import answers_apart, answers_path, find_answers, public_rows, read_answers
from kit.scoring.arrays import evaluate
from kit.scoring.held_out import HeldOutScorer, fit_tuned, held_out_score, out_of_fold_score
from kit.scoring.score import Score, score, score_for

__all__ = [
    "HeldOutScorer",
    "Score",
    "answers_apart",
    "answers_path",
    "evaluate",
    "find_answers",
    "fit_tuned",
    "held_out_score",
    "out_of_fold_score",
    "public_rows",
    "read_answers",
    "score",
    "score_for",
]
