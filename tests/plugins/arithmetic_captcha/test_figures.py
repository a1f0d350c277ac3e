"""The report's figures: counted right, drawn for every outcome."""

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, TEXT, figures
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS
from kit_plugins.arithmetic_captcha.text import figures as text_figures
from kit_plugins.arithmetic_captcha.text import head_curves, probe
from kit_plugins.arithmetic_captcha.text.grammar import CHARACTERS, PROBE

from kit import Evidence


def certain(text, grammar):
    """Log-probabilities that say a text."""
    scores = np.full((grammar.length, grammar.blank + 1), -30.0)
    scores[np.arange(grammar.length), grammar.encode(text)] = 0
    return scores


def evidence_of(task, grammar, folder, change):
    task.sample(folder, 12, 0)
    samples = task.reader(folder, "train")
    return Evidence(samples, [certain(change(sample.y), grammar) for sample in samples], {}, {}, {})


@pytest.mark.parametrize("change", [lambda text: text, lambda text: text[:-1] + "0"], ids=["right", "wrong"])
def test_text_captchas_have_the_table_of_0_and_o(change, tmp_path):
    drawn = list(TEXT.figures(evidence_of(TEXT, CHARACTERS, tmp_path, change)))
    titles = [figure.title for figure in drawn]
    assert {"Accuracy by position", "Characters most often confused", "0 and O"} <= set(titles)
    assert all(figure.png.startswith(b"\x89PNG") for figure in drawn)


def test_arithmetic_mistakes_are_shown_with_their_images(tmp_path):
    evidence = evidence_of(ARITHMETIC, EXPRESSIONS, tmp_path, lambda text: "1+2+3")
    titles = [figure.title for figure in ARITHMETIC.figures(evidence)]
    assert titles == ["Accuracy by position", "Characters most often confused", "Real and read texts", "Mistakes"]


def test_confusions_are_counted_also_where_lengths_differ():
    assert figures.confusions([("7+3*0", "7+3*8"), ("(1+2)*3", "1+2*3"), ("A0", "AO")]) == {
        ("0", "8"): 1,
        ("(", "nothing"): 1,
        (")", "nothing"): 1,
        ("0", "O"): 1,
    }


def test_0_and_o_are_counted_apart():
    table = text_figures.alike_table([("0O0O", "0O00"), ("AO0B", "A8OB")])
    assert table.tolist() == [[2, 1, 0], [1, 1, 1]]


def test_the_sample_holds_the_probe_and_the_report_shows_it_first(tmp_path):
    TEXT.sample(tmp_path, 30, 0)
    samples = TEXT.reader(tmp_path, "train")
    assert [sample.id for sample in samples if sample.y == PROBE] == ["25"]
    drawn = list(TEXT.figures(Evidence(samples, [certain("0OOO", CHARACTERS)] * 30, {}, {}, {})))
    assert next(figure.caption for figure in drawn if figure.title == "Probe: 0O0O").endswith("0 of 1 right.")
    assert text_figures.probes([("O01A", ""), ("AB1C", ""), ("0O0O", "")]) == [2, 0]
    steps = next(figure for figure in drawn if figure.title == "Probe: 0O0O, step by step")
    assert steps.png.startswith(b"\x89PNG")


def test_the_likeliest_class_of_each_step_is_named_and_the_blank_is_a_dash():
    scores = np.full((5, 37), -50.0)
    for step, k in enumerate([36, CHARACTERS.charset.index("O"), 36, CHARACTERS.charset.index("0"), 36]):
        scores[step, k] = np.log(0.25 if step == 3 else 1.0)
    best, probabilities = probe.likeliest(scores)
    assert best == "-O-0-"
    assert probabilities == pytest.approx([1, 1, 1, 0.25, 1])
    assert probe.likeliest(certain("0O0O", CHARACTERS)[:, :36])[0] == "0O0O"


def test_the_grid_counts_the_wrong_readings_that_it_marks(tmp_path):
    evidence = evidence_of(TEXT, CHARACTERS, tmp_path, lambda text: text if text[0] < "M" else "ZZZZ")
    wrong = sum(sample.y[0] >= "M" and sample.y != "ZZZZ" for sample in evidence.samples)
    assert 0 < wrong < len(evidence.samples)
    grid = next(figure for figure in TEXT.figures(evidence) if figure.title == "Real and read texts")
    assert f"Wrong ones, {wrong} of them" in grid.caption


def test_the_accuracy_of_each_head_is_drawn_by_epoch_as_the_mean_over_folds():
    def record(fold, epoch, first):
        heads = dict.fromkeys(("head 2", "head 3", "head 4"), 1.0)
        return {"fold": fold, "epoch": epoch, "valid_details": {"wrong": 1, "head 1": first, **heads}}

    epochs = [record("0", 1, 0.5), record("0", 2, 0.75), record("1", 1, 0.75), {"fold": "1", "epoch": 2}]
    curves = head_curves.head_curves(epochs)
    assert {epoch: found.tolist() for epoch, found in curves.items()} == {1: [0.625, 1, 1, 1], 2: [0.75, 1, 1, 1]}
    [figure] = head_curves.head_figure(epochs)
    assert figure.title == "Accuracy by head and epoch"
    assert list(head_curves.head_figure([{"fold": "0", "epoch": 1}])) == []


def test_the_metric_of_text_captchas_has_the_accuracy_of_each_head():
    found = TEXT.metric.details(["0O7Q", "AB12"], ["0O7O", "AB12"])
    assert found == {"wrong": 1, "head 1": 1.0, "head 2": 1.0, "head 3": 1.0, "head 4": 0.5}
