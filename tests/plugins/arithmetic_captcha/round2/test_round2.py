"""Round 2 as a task: examples, labels, audit, submission, figures, learning."""

import shutil

import cv2
import numpy as np
import pytest
from kit_plugins.arithmetic_captcha.image import read_captcha
from kit_plugins.arithmetic_captcha.round2 import TASK, audit, figures, grammar, inputs, line_strip, reader

from kit import DataError, Evidence, Sample, SampleError
from kit.scoring import score
from kit.submission import check
from tests.plugins.arithmetic_captcha.round2.test_beam_search import sharp


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("final")
    TASK.sample(folder, 8, 0)
    return folder


def test_an_image_without_text_is_named_in_training_and_keeps_its_line_in_the_test(tmp_path):
    path = tmp_path / "7.png"
    cv2.imwrite(str(path), np.full((400, 800, 3), 250, np.uint8))
    with pytest.raises(SampleError, match="no lines of text") as error:
        inputs.example(Sample("7", path, "流=8;1+2*3-流/4"), None, TASK.config)
    assert str(path) in str(error.value)
    seen, label = inputs.example(Sample("7", path), None, TASK.config)
    assert seen.shape == (1, line_strip.HEIGHT, line_strip.WIDTH)
    assert label is None


def test_transparent_images_lie_on_white(data, tmp_path):
    from PIL import Image

    opaque = Image.fromarray(read_captcha(data / "train" / "0.png"))
    shown = np.asarray(opaque.convert("L"))
    clear = opaque.point(lambda _: 0)
    clear.putalpha(Image.fromarray(255 - shown))  # black ink, as opaque as it is dark
    clear.save(tmp_path / "0.png", compress_level=1)
    assert np.abs(read_captcha(tmp_path / "0.png").mean(axis=2) - shown).max() <= 1
    seen, _ = inputs.example(Sample("0", tmp_path / "0.png"), None, TASK.config)
    assert seen.max() > 0.9


def test_the_sample_reads_back_and_its_answers_score_perfectly(data):
    samples = TASK.reader(data, "train")
    assert len(samples) == 8
    assert len(TASK.reader(data, "test")) == 2
    assert all(grammar.matches(sample.y) for sample in samples)
    report = check(data / "answers.txt", TASK.format, list(TASK.ids(data)))
    assert report.ok
    assert not report.warnings
    assert score(TASK, data / "answers.txt", data / "answers.txt").score == 1.0


def test_a_wrong_value_is_a_warning_and_costs_nothing_a_wrong_text_does(data, tmp_path):
    lines = (data / "answers.txt").read_text(encoding="utf-8").splitlines()
    changed = [lines[0].split(" ")[0] + " 1.5", "流=8;(1+2*3-流/4 0"]
    path = tmp_path / "submission.txt"
    path.write_text("".join(f"{line}\n" for line in changed), encoding="utf-8")
    report = check(path, TASK.format, list(TASK.ids(data)))
    assert report.ok
    assert [(warning.kind, warning.line) for warning in report.warnings] == [("value", 1), ("expression", 2)]
    assert score(TASK, path, data / "answers.txt").score == 0.5


@pytest.mark.parametrize("line", ["流=8;1+2*3-流/0 1", "流=8;1+2*3-", "1+2*3-x/4 1", "流=8;" + "1+" * 40 + "流/4 1"])
def test_a_label_that_does_not_evaluate_is_named(line, tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text(f"流=8;1+2*3-流/4 5\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 2 of labels\.txt"):
        reader.texts(path, None)


def test_the_audit_names_values_that_do_not_follow_and_images_without_lines(data, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    labels = folder / "train" / "labels.txt"
    lines = labels.read_text(encoding="utf-8").splitlines()
    labels.write_text("\n".join([lines[0].split(" ")[0] + " 3", *lines[1:]]) + "\n", encoding="utf-8")
    cv2.imwrite(str(folder / "test" / "1.png"), np.full((400, 800, 3), 250, np.uint8))
    kinds = {(finding.kind, finding.where): finding.message for finding in audit.audit(folder)}
    assert "lines 1" in kinds["other values", "train"]
    assert "1.png" in kinds["lines not found", "test"]


def test_figures_are_drawn_for_right_and_wrong_readings(data):
    samples = TASK.reader(data, "train")[:2]
    predictions = [sharp(samples[0].y), sharp("流=8;1+2*3-流/4")]
    drawn = list(TASK.figures(Evidence(samples, predictions, {}, {}, {})))
    assert [figure.title for figure in drawn][-1] == "Mistakes"
    assert all(figure.png.startswith(b"\x89PNG") for figure in drawn)
    right, total = figures.by_kind([(samples[0].y, samples[0].y)])["digit"]
    assert right == total > 0


def test_round_two_learns_a_batch_by_heart():
    paddle = pytest.importorskip("paddle")
    paddle.seed(0)
    examples = [inputs.generated_example(np.random.default_rng(seed)) for seed in range(2)]
    x = paddle.to_tensor(np.stack([ink for ink, _ in examples]))
    y = tuple(paddle.to_tensor(np.stack([label[k] for _, label in examples])) for k in (0, 1))
    layer = TASK.model()[1].build(TASK.config)
    optimizer = paddle.optimizer.AdamW(3e-3, parameters=layer.parameters())
    losses = []
    for _ in range(8):
        loss = TASK.objective.loss(layer(x), y, TASK.config)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert losses[-1] < 0.7 * losses[0]
    values = TASK.objective.activation(layer(x)).numpy()
    assert values.shape == (2, line_strip.STEPS, grammar.BLANK + 1)
