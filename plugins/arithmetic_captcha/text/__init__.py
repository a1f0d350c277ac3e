"""Text captchas: four digits or capital letters in an image of 170x80 pixels, drawn by the captcha library.

Task card
  data        ``train/0.png``, ``1.png``, ... and ``train/labels.txt``, ``test/0.png``, ...; line i+1 of the labels, the
              four characters, belongs to image i
  prediction  log-probabilities of the characters and the blank at every step, shape (steps, 37); of the article's CNN
              those of the characters at each position, (4, 36)
  submission  ``id,text``: the image's number and its characters
  metric      fraction of images whose four characters are all right, higher is better
  source      https://github.com/ypwhs/captcha_break
"""

from __future__ import annotations

from kit import Format, Model, Objective, Reference, Task, lazy, text

from ..config import REQUIRES
from ..metric import exact_match_metric
from .config import TextConfig
from .metric import details
from .recipes import CNN, CRNN
from .writer import text_rule

SHARED = __name__.rpartition(".")[0]
ONE_CYCLE = {"schedule": "one_cycle"}  # the task's own schedule is that of the article's CRNN
ARTICLE = "《深度学习图像处理入门》"

FORMAT = Format(
    columns=(text("id", meaning="the image's number"), text("text", rule=text_rule, meaning="its four characters")),
    id="id",
)

TASK = Task(
    name="text_captcha",
    title="Text captcha: four digits or capital letters",
    files={
        "train/*.png": "0.png, 1.png, ...",
        "train/labels.txt": "line i+1 belongs to image i",
        "test/*.png": "0.png, 1.png, ...",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    models={
        "crnn": Model(lazy(f"{__name__}.model:crnn"), ONE_CYCLE, meaning="convolutions, two bidirectional GRUs, CTC"),
        "pointing": Model(
            lazy(f"{__name__}.model:pointing"), ONE_CYCLE, meaning="convolutions, then heads that learn where to look"
        ),
        "heads": Model(
            lazy(f"{__name__}.model:heads"),
            ONE_CYCLE,
            meaning="convolutions and one dense classifier for each position",
        ),
        "article_cnn": Model(
            lazy(f"{__name__}.model_article:article_cnn"),
            CNN,
            meaning="the article's CNN: eight convolutions and four heads",
        ),
        "article_crnn": Model(
            lazy(f"{__name__}.model_article:article_crnn"),
            CRNN,
            meaning="the article's CRNN: six convolutions, GRUs, CTC",
        ),
    },
    schedule=lazy(f"{__name__}.recipes:learning_rate"),
    objective=Objective(loss=lazy(f"{SHARED}.model:loss"), activation=lazy(f"{SHARED}.model:activation")),
    format=FORMAT,
    metric=exact_match_metric(details=details),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=4000,
    config=TextConfig(
        epochs=24,
        batch_size=64,
        learning_rate=6e-3,
        ema=0.995,
        weight_decay=1e-3,
        generated=0.95,
        binarised=0.0,
        alike=0.3,
    ),
    example=lazy(f"{__name__}.inputs:example"),
    sampler=lazy(f"{SHARED}.inputs:sampler"),
    average=lazy(f"{SHARED}.decode:average"),
    writer=lazy(f"{__name__}.writer:write"),
    truth=lazy(f"{__name__}.writer:truth"),
    audit=lazy(f"{__name__}.audit:audit"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.figures:picture"),
    references=(
        Reference("CNN", 0.978, "2,560 generated captchas", ARTICLE),
        Reference("CNN, GRU and CTC", 0.9946, "10,000 generated captchas", ARTICLE),
    ),
    requires=REQUIRES,
    notes=("O and 0 look alike in the captcha library's font: most remaining errors confuse the two.",),
)
