"""Round 2: its texts, what they are worth, its images and their lines, and the decoder that the grammar bounds."""

import os
import shutil
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import (
    FINAL,
    audit,
    canvas,
    figures_final,
    final,
    fonts,
    formula,
    image,
    search,
    strip,
    worth,
)

from kit import DataError, Evidence, KitError, Sample, SampleError
from kit.scoring import score
from kit.submission import check

CONTEST = {  # published examples of the contest's labels
    "流=42072;圳=86;(圳-(97510*45921))*流/35864": -5.252849e09,
    "回=38093;铁=50521;铁*(4560-64206-回/47726)": -3.013416e09,
    "到=37808;(10220+到/78589)*(70612*88431)": 6.381965e13,
    "不=87863;42263*57806-不/76028*38980": 2.443010e09,
    "到=94310;锁=61045;((63526+锁)-21038)*到/81905": 1.192137e05,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("final")
    FINAL.sample(folder, 8, 0)
    return folder


@pytest.mark.parametrize("text", CONTEST)
def test_the_contests_labels_hold_and_are_worth_what_it_says(text):
    assert formula.holds(text)
    assert float(worth.value(text)) == pytest.approx(CONTEST[text], rel=1e-6)
    assert worth.judge(text, f"{CONTEST[text]:.6e}") is None


@pytest.mark.parametrize(
    "text",
    [
        "流=42072;流/35864",  # one operand
        "流=1;(1+2)+流/3+4+5",  # five operands
        "流=1;1+2+3+4",  # no fraction
        "流=1;1+2/3+4+5",  # a number above
        "流=01;1+2+3+流/4",
        "流=1;1+2+3+流/100001",
        "流=1;圳=2;1+2+3+流/4",  # an assigned character is missing
        "流=1;1+2+3+圳/4",
        "流=1;流=2;流+2+3+流/4",
        "流=1;(1+2+3+流/4)",  # not one of the eleven
        "流=1;(1+2+3+流/4",
        "",
    ],
)
def test_what_the_contest_does_not_write_is_outside_the_grammar(text):
    assert not formula.holds(text)


def test_every_form_of_a_text_is_in_the_grammar_and_drawn_ones_are_as_measured():
    rng = np.random.default_rng(0)
    drawn = [formula.draw(rng) for _ in range(1500)]
    assert all(formula.holds(text) for text in drawn)
    assert np.mean([text.count(";") for text in drawn]) == pytest.approx(5 / 3, abs=0.05)
    assert np.mean([text.count("(") for text in drawn]) == pytest.approx(15 / 11, abs=0.1)
    assert all(sum(text.count(sign) for sign in "+-*/") == 4 and text.count("/") == 1 for text in drawn)
    heads = [text[0] for text in drawn]
    assert set(heads) == set(formula.HAN)
    assert heads.count("不") > 1.3 * len(heads) / 27
    assert len({skeleton.partition(";")[2] for skeleton in formula.skeletons()}) == len(set(formula.skeletons()))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("流=6;1-2-流/4", Fraction(-5, 2)),
        ("流=6;圳=5;(圳-(2*3))*流/4", Fraction(-3, 2)),
        ("流=6;流/0+1", None),
        ("流=6;圳/2", None),
        ("流=6;6/2)", None),
        ("流=6;(6/2", None),
        ("流=6.5;流/2", None),
        ("流=6;流=7;流/2", None),
        ("6/2", Fraction(3)),
        ("(" * 5000, None),
        ("流=" + "9" * 5000 + ";流/1", None),
        ("__import__('os')", None),
    ],
)
def test_values_are_exact_and_nothing_else_is_evaluated(text, value):
    assert worth.value(text) == value


def test_the_same_generator_draws_the_same_image_of_the_contests_size():
    one, two = (canvas.draw("流=8;1+2*3-流/4", np.random.default_rng(7)) for _ in range(2))
    assert (one.image == two.image).all()
    assert one.image.shape[0] in canvas.HEIGHTS
    assert one.image.shape[1] in canvas.WIDTHS


def test_lines_are_found_and_hold_every_character():
    rng = np.random.default_rng(1)
    found = inside = characters = 0
    for _ in range(40):
        text = formula.draw(rng)
        drawn = canvas.draw(text, rng, tight=True)
        boxes = strip.find(drawn.image)
        if len(boxes) == text.count(";") + 1:
            found += 1
            for box, middles in zip(boxes, drawn.places, strict=True):
                inside += sum(box.left < x < box.right for x in middles)
                characters += len(middles)
    assert found >= 38
    assert inside >= 0.99 * characters


def test_a_strip_has_its_size_and_knows_where_characters_stand():
    ink, (classes, steps) = final._drawn(np.random.default_rng(0))
    assert ink.shape == (1, strip.HEIGHT, strip.WIDTH)
    assert 0 <= ink.min() < ink.max() <= 1
    text = "".join(formula.CHARSET[k] for k in classes if k != formula.BLANK)
    assert formula.holds(text)
    assert "".join(formula.CHARSET[k] for k in steps if k not in (-1, formula.BLANK)) == text
    shown = ink[0].max(axis=0).reshape(-1, strip.STEP).max(axis=1) > 0.3
    assert shown[(steps >= 0) & (steps != formula.BLANK)].mean() > 0.9


def test_equal_neighbours_are_expected_apart_so_that_ctc_keeps_both():
    for seed in range(200):
        _, (classes, steps) = final._drawn(np.random.default_rng(seed))
        beside = (steps[1:] == steps[:-1]) & (steps[1:] >= 0) & (steps[1:] != formula.BLANK)
        assert not beside.any(), seed
        path = [k for k, before in zip(steps, [-1, *steps], strict=False) if k != before]
        spelt = "".join(formula.CHARSET[k] for k in path if k not in (-1, formula.BLANK))
        assert spelt == "".join(formula.CHARSET[k] for k in classes if k != formula.BLANK)


def test_the_contests_own_image_falls_into_its_three_lines(real):
    picture = image.read_any(real / "captcha" / "round2" / "level2.jpg")
    boxes = strip.strip(picture, "level2.jpg").boxes
    assert [round(box.middle / 60) for box in boxes] == [2, 5, 8]
    assert all(box.left < 130 for box in boxes)
    assert [box.right > right for box, right in zip(boxes, (380, 400, 780), strict=True)] == [True] * 3


@pytest.fixture
def real():
    if not os.environ.get("KIT_TEST_DATA"):
        pytest.skip("KIT_TEST_DATA is not set")
    return Path(os.environ["KIT_TEST_DATA"])


def test_an_image_without_text_is_named_in_training_and_keeps_its_line_in_the_test(tmp_path):
    path = tmp_path / "7.png"
    cv2.imwrite(str(path), np.full((400, 800, 3), 250, np.uint8))
    with pytest.raises(SampleError, match="no lines of text") as error:
        final.example(Sample("7", path, "流=8;1+2*3-流/4"), None, FINAL.config)
    assert str(path) in str(error.value)
    seen, label = final.example(Sample("7", path), None, FINAL.config)
    assert seen.shape == (1, strip.HEIGHT, strip.WIDTH)
    assert label is None


def test_transparent_images_lie_on_white(data, tmp_path):
    from PIL import Image

    opaque = Image.fromarray(image.read_any(data / "train" / "0.png"))
    shown = np.asarray(opaque.convert("L"))
    clear = opaque.point(lambda _: 0)
    clear.putalpha(Image.fromarray(255 - shown))  # black ink, as opaque as it is dark
    clear.save(tmp_path / "0.png")
    assert image.read_any(tmp_path / "0.png").mean(axis=2) == pytest.approx(shown, abs=1)
    seen, _ = final.example(Sample("0", tmp_path / "0.png"), None, FINAL.config)
    assert seen.max() > 0.9


def test_a_missing_font_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(KitError, match="pip install pylopdf-fonts-zh-cn"):
        fonts.font_path(*fonts.HAN_FONTS[0])


def sharp(text, noise=0.0, seed=0):
    """Log-probabilities that spell a text, a step for each character and a blank between two, and noise."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(strip.STEPS, formula.BLANK + 1)) * noise
    logits[:, formula.BLANK] += 6
    for place, character in enumerate(text):
        logits[3 * place, formula.CHARSET.index(character)] += 12
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("text", CONTEST)
def test_the_decoder_spells_what_is_certain(text):
    assert search.decode([sharp(text)]) == [text]


def test_the_decoder_repairs_what_the_grammar_forbids():
    broken = "流=42072;圳=86;(圳-(97510*45921)*流/35864"
    assert search.decode([sharp(broken)])[0] != broken
    assert formula.holds(search.decode([sharp(broken)])[0])
    assert search.decode([sharp("流=42072;圳=86;(圳-(97510*45921))*烧/35864")])[0].endswith("流/35864")


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0, 30.0])
def test_every_decoded_text_is_valid_whatever_the_network_says(scale):
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(4, strip.STEPS, formula.BLANK + 1)) * scale
    logits -= logits.max(axis=2, keepdims=True)
    scores = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    assert all(formula.holds(text) for text in search.decode(list(scores)))


def test_the_sample_reads_back_and_its_answers_score_perfectly(data):
    samples = FINAL.reader(data, "train")
    assert len(samples) == 8
    assert len(FINAL.reader(data, "test")) == 2
    assert all(formula.holds(sample.y) for sample in samples)
    verdict = check(data / "answers.txt", FINAL.format, list(FINAL.ids(data)))
    assert verdict.ok
    assert not verdict.warnings
    assert score(FINAL, data / "answers.txt", data / "answers.txt").score == 1.0


def test_a_wrong_value_is_a_warning_and_costs_nothing_a_wrong_text_does(data, tmp_path):
    lines = (data / "answers.txt").read_text(encoding="utf-8").splitlines()
    changed = [lines[0].split(" ")[0] + " 1.5", "流=8;(1+2*3-流/4 0"]
    path = tmp_path / "submission.txt"
    path.write_text("".join(f"{line}\n" for line in changed), encoding="utf-8")
    verdict = check(path, FINAL.format, list(FINAL.ids(data)))
    assert verdict.ok
    assert [(warning.kind, warning.line) for warning in verdict.warnings] == [("value", 1), ("expression", 2)]
    assert score(FINAL, path, data / "answers.txt").score == 0.5


@pytest.mark.parametrize("line", ["流=8;1+2*3-流/0 1", "流=8;1+2*3-", "1+2*3-x/4 1", "流=8;" + "1+" * 40 + "流/4 1"])
def test_a_label_that_does_not_evaluate_is_named(line, tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text(f"流=8;1+2*3-流/4 5\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 2 of labels\.txt"):
        final.texts(path, None)


def test_the_audit_names_values_that_do_not_follow_and_images_without_lines(data, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    labels = folder / "train" / "labels.txt"
    lines = labels.read_text(encoding="utf-8").splitlines()
    labels.write_text("\n".join([lines[0].split(" ")[0] + " 3", *lines[1:]]) + "\n", encoding="utf-8")
    cv2.imwrite(str(folder / "test" / "1.png"), np.full((400, 800, 3), 250, np.uint8))
    kinds = {(finding.kind, finding.where): finding.message for finding in audit.final(folder)}
    assert "lines 1" in kinds["other values", "train"]
    assert "1.png" in kinds["lines not found", "test"]


def test_figures_are_drawn_for_right_and_wrong_readings(data):
    samples = FINAL.reader(data, "train")[:2]
    predictions = [sharp(samples[0].y), sharp("流=8;1+2*3-流/4")]
    drawn = list(FINAL.figures(Evidence(samples, predictions, {}, {}, {})))
    assert [figure.title for figure in drawn][-1] == "Mistakes"
    assert all(figure.png.startswith(b"\x89PNG") for figure in drawn)
    right, total = figures_final.by_kind([(samples[0].y, samples[0].y)])["digit"]
    assert right == total > 0


def test_round_two_learns_a_batch_by_heart():
    paddle = pytest.importorskip("paddle")
    paddle.seed(0)
    examples = [final._drawn(np.random.default_rng(seed)) for seed in range(2)]
    x = paddle.to_tensor(np.stack([ink for ink, _ in examples]))
    y = tuple(paddle.to_tensor(np.stack([label[k] for _, label in examples])) for k in (0, 1))
    layer = FINAL.model()[1].build(FINAL.config)
    optimizer = paddle.optimizer.AdamW(3e-3, parameters=layer.parameters())
    losses = []
    for _ in range(8):
        loss = FINAL.objective.loss(layer(x), y, FINAL.config)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert losses[-1] < 0.7 * losses[0]
    values = FINAL.objective.activation(layer(x)).numpy()
    assert values.shape == (2, strip.STEPS, formula.BLANK + 1)
