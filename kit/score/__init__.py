"""A submission against the answers, and held-out predictions against their labels."""

from kit.score.answers import answers_path, public_rows, read_answers
from kit.score.scoring import Score, evaluate, held_out_score, score

__all__ = ["Score", "answers_path", "evaluate", "held_out_score", "public_rows", "read_answers", "score"]
