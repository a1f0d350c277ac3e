"""Round 1: an expression of three digits in an image of 180x60 pixels, and its result.

Task card
  data        ``train/0.png``, ``1.png``, ... and ``train/labels.txt``, ``test/0.png``, ...; line i+1 of the labels,
              ``expression result``, belongs to image i
  prediction  log-probabilities of the characters and the blank at every step, shape (steps, 16)
  submission  ``expression result``, one line for each image in order, no header
  metric      fraction of images whose expression and result are both right, higher is better
  source      https://github.com/ypwhs/baiduyun_deeplearning_competition
"""

from __future__ import annotations

from kit import Model, Objective, Reference, Task, lazy, text

from ..config import REQUIRES, LineConfig
from ..metric import exact_match_metric
from ..submission import SAMPLE_NOTE, SOURCE, expression_format
from .metric import details, whole_lines
from .writer import review

SHARED = __name__.rpartition(".")[0]
BOARD = "the contest's board of round 1, 200,000 images"

FORMAT = expression_format(
    text("expression", meaning="three digits, two of + - *, at most one pair of brackets"),
    text("result", blank=True, meaning="its value"),
    review=review,
)

TASK = Task(
    name="arithmetic_captcha",
    title="Arithmetic captcha, round 1 (Baidu Cloud and Meizu, 2017)",
    files={
        "train/*.png": "0.png, 1.png, ... (or image_contest_level_1/, or the .tar.gz of that name)",
        "train/labels.txt": "line i+1 belongs to image i",
        "test/*.png": "0.png, 1.png, ... (or image_contest_level_1_validate/, or the .tar.gz of that name)",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    models={
        "crnn": Model(lazy(f"{__name__}.model:crnn"), meaning="convolutions, two bidirectional GRUs, CTC"),
        "pointing": Model(
            lazy(f"{__name__}.model:pointing"), meaning="convolutions, then heads that learn where to look"
        ),
        "heads": Model(
            lazy(f"{__name__}.model:heads"),
            meaning="convolutions and one dense classifier for each position, as in the notebook",
        ),
    },
    objective=Objective(loss=lazy(f"{SHARED}.model:loss"), activation=lazy(f"{SHARED}.model:activation")),
    format=FORMAT,
    metric=exact_match_metric(whole_lines, details),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=4000,
    config=LineConfig(
        epochs=3,
        batch_size=64,
        learning_rate=6e-3,
        ema=0.995,
        weight_decay=1e-3,
        repeats=11,
        images=40_000,
        binarised=0.1,
    ),
    example=lazy(f"{__name__}.inputs:example"),
    sampler=lazy(f"{SHARED}.inputs:sampler"),
    average=lazy(f"{SHARED}.decode:average"),
    writer=lazy(f"{__name__}.writer:write"),
    truth=lazy(f"{__name__}.writer:truth"),
    answers="answers.txt",
    read_answers=lazy(f"{__name__}.reader:answers"),
    audit=lazy(f"{__name__}.audit:audit"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.figures:picture"),
    references=(
        Reference("winner of round 1", 1.0, BOARD, SOURCE),
        Reference("winner's single model", 0.999925, BOARD, SOURCE),
        Reference("second of round 1", 0.99999, BOARD, SOURCE),
        Reference("tenth of round 1", 0.99989, BOARD, SOURCE),
    ),
    requires=REQUIRES,
    notes=(
        "Predictions are decoded with the contest's grammar, so every line is a valid expression.",
        SAMPLE_NOTE,
    ),
)
