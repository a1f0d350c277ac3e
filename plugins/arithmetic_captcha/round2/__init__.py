"""Round 2: assignments and an expression with a stacked fraction, in two or three lines of a large image.

Task card
  data        ``train/0.png``, ``1.png``, ... and ``train/labels.txt``, ``test/0.png``, ...; 400 to 1000 pixels high and
              800 to 4000 wide; line i+1 of the labels, ``assignments;expression value``, belongs to image i
  prediction  log-probabilities of the characters and the blank at every step, shape (140, 45)
  submission  as the labels, one line for each image in order, no header
  metric      fraction of images whose text is right (values are not scored), higher is better
  source      https://github.com/ypwhs/baiduyun_deeplearning_competition
"""

from __future__ import annotations

from kit import Model, Objective, Reference, Task, lazy, text

from ..config import REQUIRES
from ..metric import exact_match_metric
from ..submission import SAMPLE_NOTE, SOURCE, expression_format
from .config import FinalConfig
from .metric import texts_only
from .writer import review

SHARED = __name__.rpartition(".")[0]
BOARD = "the contest's board of round 2, 100,000 images"

FORMAT = expression_format(
    text("text", meaning="one or two assignments and an expression, joined by semicolons"),
    text("value", blank=True, meaning="its value; not scored"),
    review=review,
)

TASK = Task(
    name="arithmetic_captcha_final",
    title="Arithmetic captcha, round 2 (Baidu Cloud and Meizu, 2017)",
    files={
        "train/*.png": "0.png, 1.png, ... (or image_contest_level_2/, or the .tar.gz of that name)",
        "train/labels.txt": "line i+1 belongs to image i",
        "test/*.png": "0.png, 1.png, ... (or image_contest_level_2_validate/, or the .tar.gz of that name)",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    models={
        "crnn": Model(lazy(f"{__name__}.model:crnn"), meaning="convolutions, two bidirectional GRUs, CTC"),
        "wide": Model(lazy(f"{__name__}.model:wide"), meaning="the same, twice as wide, for a GPU"),
    },
    objective=Objective(loss=lazy(f"{__name__}.model:loss"), activation=lazy(f"{SHARED}.model:activation")),
    format=FORMAT,
    metric=exact_match_metric(texts_only),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=400,
    config=FinalConfig(
        epochs=5,
        batch_size=16,
        learning_rate=3e-3,
        ema=0.995,
        weight_decay=1e-3,
        generated=0.95,
        repeats=30,
        images=12_000,
        binarised=0.0,
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
        Reference("three models voting", 0.99868, BOARD, SOURCE),
        Reference("a single model", 0.9977, BOARD, SOURCE),
    ),
    requires=REQUIRES,
    notes=(
        "Predictions are decoded with the contest's grammar, so every line can be evaluated; values are not scored.",
        SAMPLE_NOTE,
    ),
)
