"""Captchas: arithmetic expressions (Baidu Cloud and Meizu's contest of 2017, both rounds) and four characters.

Task card
  data        ``train/0.png``, ``1.png``, ... with ``train/labels.txt``, ``test/0.png``, ...; 180x60 (arithmetic) or
              170x80 (text) pixels, in round 2 400 to 1000 high and 800 to 4000 wide; line i+1 of the labels is image i:
              ``expression result``, ``assignments;expression value``, or the four characters
  prediction  log-probabilities of the characters and the blank at every step, shape (steps, characters + 1)
  submission  as the labels, a line an image in order, no header; text: ``id,text``
  metric      share of images whose whole line is right (round 2: its text), higher is better
  source      https://github.com/ypwhs/baiduyun_deeplearning_competition
"""

from __future__ import annotations

from kit import Format, Metric, Model, Objective, Reference, Task, hookimpl, lazy, text

from .final import review as final_review
from .final import texts_alone
from .metric import bootstrap, details, exact_match, whole_lines
from .settings import CaptchaConfig, FinalConfig
from .writer import review, text_rule

OBJECTIVE = Objective(loss=lazy(f"{__name__}.model:loss"), activation=lazy(f"{__name__}.model:activation"))
ARITHMETIC_FORMAT = Format(
    columns=(
        text("expression", meaning="three digits, two of + - *, at most one pair of brackets"),
        text("result", blank=True, meaning="its value"),
    ),
    id=None,
    filename="submission.txt",
    delimiter=" ",
    header="absent",
    ordered=True,
    review=review,
)
TEXT_FORMAT = Format(
    columns=(text("id", meaning="the image's number"), text("text", rule=text_rule, meaning="its four characters")),
    id="id",
)
FILES = {
    "train/*.png": "0.png, 1.png, ... (or image_contest_level_1/, or the .tar.gz of that name)",
    "train/labels.txt": "line i+1 belongs to image i",
    "test/*.png": "0.png, 1.png, ... (or image_contest_level_1_validate/, or the .tar.gz of that name)",
}
README = "https://github.com/ypwhs/baiduyun_deeplearning_competition"
BOARD = "the contest's board of round 1, 200,000 images"


def _models(prefix: str) -> dict[str, Model]:
    home = f"{__name__}.model:{prefix}"
    return {
        "crnn": Model(lazy(home + "crnn"), meaning="convolutions, two bidirectional GRUs, CTC"),
        "pointing": Model(lazy(home + "pointing"), meaning="convolutions, then heads that learn where to look"),
        "heads": Model(
            lazy(home + "heads"), meaning="convolutions and a dense classifier a position, as in the notebook"
        ),
    }


ARITHMETIC = Task(
    name="arithmetic_captcha",
    title="Arithmetic captcha, round 1 (Baidu Cloud and Meizu, 2017)",
    files=FILES,
    reader=lazy(f"{__name__}.reader:read_arithmetic"),
    ids=lazy(f"{__name__}.reader:ids"),
    models=_models(""),
    objective=OBJECTIVE,
    format=ARITHMETIC_FORMAT,
    metric=Metric(
        name="exact match",
        function=exact_match,
        higher_is_better=True,
        prepare=whole_lines,
        details=details,
        bootstrap=bootstrap,
        best=1.0,
    ),
    sample=lazy(f"{__name__}.sample:arithmetic"),
    sample_size=4000,
    config=CaptchaConfig(epochs=3, batch_size=64, learning_rate=3e-3, ema=0.995, weight_decay=1e-3, repeats=5),
    example=lazy(f"{__name__}.example:arithmetic"),
    sampler=lazy(f"{__name__}.example:sampler"),
    average=lazy(f"{__name__}.decode:average"),
    writer=lazy(f"{__name__}.writer:write"),
    truth=lazy(f"{__name__}.writer:truth"),
    answers="answers.txt",
    read_answers=lazy(f"{__name__}.reader:answers"),
    audit=lazy(f"{__name__}.audit:arithmetic"),
    figures=lazy(f"{__name__}.figures:arithmetic"),
    picture=lazy(f"{__name__}.figures:arithmetic_picture"),
    references=(
        Reference("winner of round 1", 1.0, BOARD, README),
        Reference("winner's single model", 0.999925, BOARD, README),
        Reference("second of round 1", 0.99999, BOARD, README),
        Reference("tenth of round 1", 0.99989, BOARD, README),
    ),
    notes=(
        "Every line is decoded against the contest's grammar, so that each one evaluates.",
        "The sample is generated in the contest's look; scores on it are not scores on the contest's images.",
    ),
)

TEXT = Task(
    name="text_captcha",
    title="Text captcha: four digits and capital letters",
    files={**FILES, "train/*.png": "0.png, 1.png, ...", "test/*.png": "0.png, 1.png, ..."},
    reader=lazy(f"{__name__}.reader:read_text"),
    ids=lazy(f"{__name__}.reader:ids"),
    models=_models("text_"),
    objective=OBJECTIVE,
    format=TEXT_FORMAT,
    metric=Metric(
        name="exact match",
        function=exact_match,
        higher_is_better=True,
        details=details,
        bootstrap=bootstrap,
        best=1.0,
    ),
    sample=lazy(f"{__name__}.sample:text"),
    sample_size=4000,
    config=CaptchaConfig(
        epochs=8, batch_size=64, learning_rate=3e-3, ema=0.995, weight_decay=1e-3, generated=0.95, binarised=0.0
    ),
    example=lazy(f"{__name__}.example:text"),
    sampler=lazy(f"{__name__}.example:sampler"),
    average=lazy(f"{__name__}.decode:average"),
    writer=lazy(f"{__name__}.writer:write_text"),
    truth=lazy(f"{__name__}.writer:truth_text"),
    audit=lazy(f"{__name__}.audit:text"),
    figures=lazy(f"{__name__}.figures:text"),
    picture=lazy(f"{__name__}.figures:text_picture"),
    references=(
        Reference("CNN", 0.978, "10,000 generated captchas", "the article on captchas by ypwhs, 4 characters of 36"),
        Reference("CNN, GRU and CTC", 0.9946, "10,000 generated captchas", "its successor with recurrent layers"),
    ),
    notes=("O and 0 look alike in the captcha library's font: most of what remains wrong is that pair.",),
)

FINAL_FORMAT = Format(
    columns=(
        text("text", meaning="one or two assignments and an expression, joined by semicolons"),
        text("value", blank=True, meaning="its value; not scored"),
    ),
    id=None,
    filename="submission.txt",
    delimiter=" ",
    header="absent",
    ordered=True,
    review=final_review,
)
FINAL_BOARD = "the contest's board of round 2, 100,000 images"
FINAL = Task(
    name="arithmetic_captcha_final",
    title="Arithmetic captcha, round 2 (Baidu Cloud and Meizu, 2017)",
    files={
        "train/*.png": "0.png, 1.png, ... (or image_contest_level_2/, or the .tar.gz of that name)",
        "train/labels.txt": "line i+1 belongs to image i",
        "test/*.png": "0.png, 1.png, ... (or image_contest_level_2_validate/, or the .tar.gz of that name)",
    },
    reader=lazy(f"{__name__}.final:read"),
    ids=lazy(f"{__name__}.final:ids"),
    models={
        "crnn": Model(lazy(f"{__name__}.model:final_crnn"), meaning="convolutions, two bidirectional GRUs, CTC"),
        "wide": Model(lazy(f"{__name__}.model:final_wide"), meaning="the same, twice as wide, for a GPU"),
    },
    objective=Objective(loss=lazy(f"{__name__}.model:final_loss"), activation=lazy(f"{__name__}.model:activation")),
    format=FINAL_FORMAT,
    metric=Metric(
        name="exact match",
        function=exact_match,
        higher_is_better=True,
        prepare=texts_alone,
        details=details,
        bootstrap=bootstrap,
        best=1.0,
    ),
    sample=lazy(f"{__name__}.sample:final"),
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
    example=lazy(f"{__name__}.final:example"),
    sampler=lazy(f"{__name__}.example:sampler"),
    average=lazy(f"{__name__}.decode:average"),
    writer=lazy(f"{__name__}.final:write"),
    truth=lazy(f"{__name__}.final:truth"),
    answers="answers.txt",
    read_answers=lazy(f"{__name__}.final:answers"),
    audit=lazy(f"{__name__}.audit:final"),
    figures=lazy(f"{__name__}.figures_final:figures"),
    picture=lazy(f"{__name__}.figures_final:picture"),
    references=(
        Reference("three models voting", 0.99868, FINAL_BOARD, README),
        Reference("a single model", 0.9977, FINAL_BOARD, README),
    ),
    notes=(
        "Every line is decoded against the contest's grammar, so that each one evaluates; values are not scored.",
        "The sample is generated in the contest's look; scores on it are not scores on the contest's images.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the three tasks."""
    return [ARITHMETIC, FINAL, TEXT]
