import numpy as np
import pytest
from kit_plugins.eye_disease import TASK
from kit_plugins.eye_disease.figures import figures, overlay
from kit_plugins.eye_disease.metric import auc, details, evaluate
from kit_plugins.eye_disease.reader import read
from sklearn import metrics

from kit import Evidence, Sample

PNG = b"\x89PNG\r\n\x1a\n"


def samples(letters: str) -> list[Sample]:
    return [
        Sample(f"{letter}{n:04d}.jpg", "", int(letter == "P"), None, {"letter": letter})
        for n, letter in enumerate(letters)
    ]


def predictions(values: list[float]) -> list[np.ndarray]:
    return [np.array([value], np.float32) for value in values]


def test_auc_counts_ties_as_half_as_scikit_learn_does():
    rng = np.random.default_rng(0)
    truth, risk = rng.integers(0, 2, 200), rng.integers(0, 5, 200) / 4
    assert auc(truth, risk) == pytest.approx(metrics.roc_auc_score(truth, risk), abs=1e-12)


def test_auc_of_one_class_is_not_a_number():
    assert np.isnan(auc([1, 1], [0.2, 0.3]))


def test_details_are_scikit_learn_s_figures_at_one_half():
    rng = np.random.default_rng(1)
    truth, risk = rng.integers(0, 2, 300), rng.random(300)
    found, called = details(truth, risk), risk >= 0.5
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, called))
    assert found["sensitivity"] == pytest.approx(metrics.recall_score(truth, called))
    assert found["specificity"] == pytest.approx(metrics.recall_score(truth, called, pos_label=0))
    assert found["f1"] == pytest.approx(metrics.f1_score(truth, called))
    assert found["positives"] + found["negatives"] == 300


def test_p_against_h_leaves_n_out():
    score, found = evaluate(samples("PPPHHNN"), predictions([0.9, 0.8, 0.3, 0.6, 0.1, 0.2, 0.25]), {})
    assert found["p_vs_h_auc"] == pytest.approx(5 / 6) and found["p_vs_n_auc"] == 1.0
    assert score == pytest.approx(11 / 12) and found["accuracy"] == pytest.approx(5 / 7)


def test_a_held_out_part_without_h_or_with_one_class_has_no_such_figure():
    assert evaluate(samples("PPNN"), predictions([0.9, 0.8, 0.1, 0.2]), {})[1]["p_vs_h_auc"] is None
    score, found = evaluate(samples("PP"), predictions([0.9, 0.2]), {})
    assert np.isnan(score) and found["sensitivity"] == 0.5 and found["p_vs_n_auc"] is None


def test_pairs_of_probabilities_are_read_as_well_as_single_ones():
    pairs = [np.array([1 - value, value]) for value in (0.9, 0.8, 0.1)]
    assert evaluate(samples("PHN"), pairs, {}) == evaluate(samples("PHN"), predictions([0.9, 0.8, 0.1]), {})


def evidence(folder, maps: bool) -> Evidence:
    held = read(folder, "train")
    risk = [0.9 - 0.05 * n if sample.y else 0.1 + 0.05 * n for n, sample in enumerate(held)]
    heat = {sample.id: np.random.default_rng(0).normal(size=(8, 8)) for sample in held} if maps else {}
    return Evidence(held, predictions(np.clip(risk, 0, 1).tolist()), heat, {}, {})


@pytest.mark.parametrize("maps", [True, False])
def test_the_report_gets_the_curve_the_risks_and_the_surest_photographs(eyes, maps):
    made = list(figures(evidence(eyes, maps)))
    titles = [
        "Photographs of each kind",
        "ROC curve",
        "Predicted risk by kind",
        "Most confident mistakes",
        "Most confident correct predictions",
    ]
    assert [figure.title for figure in made] == titles
    assert all(figure.png.startswith(PNG) and len(figure.png) > 5000 for figure in made)
    assert ("activation" in made[-1].caption) == maps


def test_figures_of_one_class_or_none_are_drawn_as_far_as_they_can_be(eyes):
    whole = evidence(eyes, False)
    only = [at for at, sample in enumerate(whole.samples) if sample.y == 1]
    part = Evidence([whole.samples[at] for at in only], [whole.predictions[at] for at in only], {}, {}, {})
    assert "ROC curve" not in [figure.title for figure in figures(part)]
    assert list(figures(Evidence([], [], {}, {}, {}))) == []


def test_heat_is_red_where_it_speaks_for_pathology_and_blue_where_against():
    heat = np.zeros((8, 8))
    heat[1, 1], heat[6, 6] = 1, -1
    grey = np.full((64, 64, 3), 100, np.uint8)
    shown = overlay(grey, heat)
    assert shown[12, 12, 0] > 150 > shown[12, 12, 2] and shown[52, 52, 2] > 150 > shown[52, 52, 0]
    assert np.abs(shown[12, 52].astype(int) - 100).max() < 30


def test_the_task_says_that_it_is_not_for_clinical_use():
    assert "Not for clinical use." in TASK.notes
