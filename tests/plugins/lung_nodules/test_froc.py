"""The evaluator, rule by rule with results computed by hand, and beside a literal second implementation."""

import time

import numpy as np
import pytest
from kit_plugins.lung_nodules import froc, metric

from kit import DataError, Table
from tests.plugins.lung_nodules.reference import literal, matched, table_of, write_answers


def random_case(seed):
    """Integer coordinates in a small box: many hits, double hits, marks exactly on a sphere's surface, many ties."""
    rng = np.random.default_rng(seed)
    scans = [f"1.2.{i}" for i in range(rng.integers(1, 9))]
    box, levels = int(rng.integers(6, 30)), int(rng.choice([3, 20, 1000]))

    def spheres(most, unknown):
        diameters = [-1.0, 4.0, 6.0, 10.0] if unknown else [4.0, 6.0, 7.5, 10.0]
        return [
            (uid, *map(float, rng.integers(0, box, 3)), float(rng.choice(diameters)))
            for uid in scans for _ in range(rng.integers(0, most + 1))
        ]  # fmt: skip

    included, excluded = spheres(3, seed % 3 == 0), spheres(6, True)
    excluded += included[:2] + excluded[:3]
    most = int(rng.choice([0, 5, 40, 160]))
    marks = [
        (uid, *map(float, rng.integers(0, box, 3)), float(rng.integers(0, levels + 1) / levels))
        for uid in scans for _ in range(rng.integers(0, most + 1))
    ]  # fmt: skip
    rng.shuffle(marks)
    marks = [(str(m[0]), *map(float, m[1:])) for m in marks]
    return scans, included, excluded, marks


@pytest.mark.parametrize("seed", range(60))
def test_random_cases_agree_with_the_literal_implementation(seed, tmp_path):
    case = random_case(seed)
    counts, sensitivities = literal(*case)
    y_true, y_pred = matched(tmp_path, *case)
    found = metric.details(y_true, y_pred)
    names = ("true_positives", "false_positives", "false_negatives", "ignored_on_excluded", "ignored_double")
    assert {name: found[name] for name in names} == dict(zip(names, counts.values(), strict=True))
    np.testing.assert_allclose(list(found["sensitivity_at"].values()), sensitivities, atol=1e-12)
    assert froc.cpm_score(y_true, y_pred) == pytest.approx(sensitivities.mean(), abs=1e-12)


def test_a_mark_on_the_surface_is_no_hit(tmp_path):
    y_true, y_pred = matched(tmp_path, ["a"], [("a", 0.0, 0.0, 0.0, 6.0)], [], [("a", 3.0, 0.0, 0.0, 0.9)])
    assert metric.details(y_true, y_pred)["false_positives"] == 1


def test_an_included_nodule_inside_an_excluded_finding_is_a_true_positive(tmp_path):
    sphere = ("a", 0.0, 0.0, 0.0, 6.0)
    y_true, y_pred = matched(tmp_path, ["a"], [sphere], [("a", 0.0, 0.0, 0.0, -1.0)], [("a", 1.0, 0.0, 0.0, 0.9)])
    assert metric.details(y_true, y_pred)["true_positives"] == 1


NODULE = ("a", 0.0, 0.0, 0.0, 6.0)


def found_in(tmp_path, included, excluded, marks, scans=("a",)):
    return metric.details(*matched(tmp_path, list(scans), included, excluded, marks))


def test_a_finding_without_a_diameter_counts_as_ten_millimetres(tmp_path):
    marks = [("a", 4.99, 0.0, 0.0, 0.9), ("a", 5.0, 0.0, 0.0, 0.8)]
    found = found_in(tmp_path, [], [("a", 0.0, 0.0, 0.0, -1.0)], marks)
    assert (found["ignored_on_excluded"], found["false_positives"]) == (1, 1)


def test_the_most_probable_of_several_hits_counts_and_the_others_are_ignored(tmp_path):
    marks = [("a", 1.0, 0.0, 0.0, 0.3), ("a", 0.0, 1.0, 0.0, 0.9), ("a", 40.0, 0.0, 0.0, 0.5)]
    found = found_in(tmp_path, [NODULE], [], marks)
    assert (found["true_positives"], found["ignored_double"], found["false_positives"]) == (1, 1, 1)
    assert found["cpm"] == 1  # at 0.9, above the false positive at 0.5


def test_one_mark_may_find_two_nodules(tmp_path):
    found = found_in(tmp_path, [NODULE, ("a", 2.0, 0.0, 0.0, 6.0)], [], [("a", 1.0, 0.0, 0.0, 0.9)])
    assert (found["true_positives"], found["false_negatives"], found["ignored_double"]) == (2, 0, 0)


def test_a_second_mark_on_a_nodule_is_double_and_not_ignored_on_the_excluded_finding_around_it(tmp_path):
    marks = [("a", 1.0, 0.0, 0.0, 0.9), ("a", 0.0, 1.0, 0.0, 0.8), ("a", 4.0, 0.0, 0.0, 0.7)]
    found = found_in(tmp_path, [NODULE], [("a", 0.0, 0.0, 0.0, -1.0), NODULE], marks)
    assert (found["ignored_double"], found["ignored_on_excluded"], found["false_positives"]) == (1, 1, 0)


def test_a_missed_nodule_stays_in_the_denominator(tmp_path):
    found = found_in(tmp_path, [NODULE, ("a", 50.0, 0.0, 0.0, 6.0)], [], [("a", 0.0, 0.0, 0.0, 0.9)])
    assert (found["true_positives"], found["false_negatives"]) == (1, 1)
    assert set(found["sensitivity_at"].values()) == {0.5}


def test_a_nodule_whose_only_mark_ties_at_the_cap_is_missed(tmp_path):
    marks = [("a", 20.0 + n, 0.0, 0.0, 0.9) for n in range(99)] + [
        ("a", 20.0, 5.0, 0.0, 0.4),
        ("a", 0.0, 0.0, 0.0, 0.4),
    ]
    found = found_in(tmp_path, [NODULE], [], marks)
    assert (found["true_positives"], found["false_negatives"], found["false_positives"]) == (0, 1, 99)


def test_the_sensitivities_of_a_small_case_are_those_computed_by_hand(tmp_path):
    nodules = [NODULE, ("b", 0.0, 0.0, 0.0, 6.0)]
    marks = [
        ("a", 0.0, 0.0, 0.0, 0.9),
        ("a", 50.0, 0.0, 0.0, 0.8),
        ("b", 0.0, 0.0, 0.0, 0.7),
        ("b", 50.0, 0.0, 0.0, 0.6),
    ]
    found = found_in(tmp_path, nodules, [], marks, scans="ab")
    # The curve: (0, 0) (0, 1/2) (1/2, 1/2) (1/2, 1) (1, 1).
    assert list(found["sensitivity_at"]) == ["0.125", "0.25", "0.5", "1", "2", "4", "8"]
    assert list(found["sensitivity_at"].values()) == [0.5, 0.5, 1, 1, 1, 1, 1]
    assert found["cpm"] == pytest.approx(6 / 7)


def test_a_true_and_a_false_positive_of_one_probability_are_joined_by_a_straight_line(tmp_path):
    found = found_in(tmp_path, [NODULE], [], [("a", 0.0, 0.0, 0.0, 0.5), ("a", 50.0, 0.0, 0.0, 0.5)])
    assert list(found["sensitivity_at"].values()) == [0.125, 0.25, 0.5, 1, 1, 1, 1]


def test_ties_at_the_cap_are_all_dropped():
    assert froc.kept_marks(np.array([0.9] * 50 + [0.5] * 51)).sum() == 50
    assert froc.kept_marks(np.linspace(0, 1, 130)).sum() == 100
    assert froc.kept_marks(np.zeros(100)).sum() == 100


def test_a_scan_without_marks_divides_the_false_positives(tmp_path):
    marks = [("a", 50.0, 0.0, 0.0, 0.9), ("a", 0.0, 0.0, 0.0, 0.8)]
    one = matched(tmp_path / "one", ["a"], [("a", 0.0, 0.0, 0.0, 6.0)], [], marks)
    many = matched(tmp_path / "many", list("abcdefgh"), [("a", 0.0, 0.0, 0.0, 6.0)], [], marks)
    assert froc.cpm_score(*one) == pytest.approx(4 / 7)
    assert froc.cpm_score(*many) == pytest.approx(1.0)  # one false positive in eight scans are a rate of 0.125 exactly


def test_no_true_positive_scores_zero_and_no_false_positive_the_share_found(tmp_path):
    nodules = [("a", 0.0, 0.0, 0.0, 6.0), ("b", 0.0, 0.0, 0.0, 6.0)]
    assert froc.cpm_score(*matched(tmp_path / "none", ["a", "b"], nodules, [], [("a", 9.0, 9.0, 9.0, 1.0)])) == 0
    assert froc.cpm_score(*matched(tmp_path / "half", ["a", "b"], nodules, [], [("a", 0.0, 0.0, 0.0, 0.1)])) == 0.5
    assert froc.cpm_score(*matched(tmp_path / "empty", ["a", "b"], nodules, [], [])) == 0


def test_bootstrap_agrees_with_scoring_the_resampled_scans(tmp_path):
    y_true, y_pred = matched(tmp_path, *random_case(5))
    scores = froc.bootstrap_cpm(y_true, y_pred, 20, np.random.default_rng(3))
    rng = np.random.default_rng(3)
    for score in scores:
        rows = rng.integers(len(y_true), size=len(y_true))
        assert score == pytest.approx(froc.cpm_score(y_true[rows], y_pred[rows]), abs=1e-9)


def test_review_warns_of_every_scan_whose_marks_would_be_dropped():
    many = [("a", float(i), 0.0, 0.0, i / 200) for i in range(120)]
    tied = [("b", float(i), 0.0, 0.0, 0.5) for i in range(101)]
    few = [("c", float(i), 0.0, 0.0, 0.5) for i in range(100)]
    warnings = {fault.id: fault for fault in metric.review(table_of(many + few + tied))}
    assert set(warnings) == {"a", "b"}
    assert warnings["a"].line == 2 and "keeps the 100" in warnings["a"].found
    assert "keeps the 0" in warnings["b"].found and "tie" in warnings["b"].found


def test_findings_of_unlisted_scans_are_left_out_and_said_aloud(tmp_path, caplog):
    y_true, _ = matched(tmp_path, ["a"], [("a", 0.0, 0.0, 0.0, 6.0), ("zz", 0.0, 0.0, 0.0, 6.0)], [], [])
    assert y_true.tolist() == [1]
    assert "zz" in caplog.text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("annotations.csv", "seriesuid,coordX,coordY,coordZ\na,1,2,3\n", "diameter_mm"),
        ("annotations.csv", "seriesuid,coordX,coordY,coordZ,diameter_mm\na,1,x,3,4\n", "line 2"),
        ("annotations.csv", "seriesuid,coordX,coordY,coordZ,diameter_mm\na,1,2,3,4\na,1,2,3\n", "line 3"),
        ("annotations.csv", "seriesuid,coordX,coordY,coordZ,diameter_mm\na,1,inf,3,4\n", "coordY"),
        ("seriesuids.csv", "a\nb\na\n", "lines 1 and 3"),
        ("seriesuids.csv", "", "no scan"),
    ],
)
def test_broken_answers_are_named(name, text, words, tmp_path):
    write_answers(tmp_path, ["a"], [], [])
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=name.split(".")[0]) as caught:
        metric.read_answers(tmp_path)

    assert words in str(caught.value)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(DataError, match=r"seriesuids\.csv is missing"):
        metric.read_answers(tmp_path)


def test_a_full_sized_submission_is_judged_in_seconds(tmp_path):
    rng = np.random.default_rng(0)
    scans = [f"1.3.6.1.4.1.14519.5.2.1.6279.6001.{i:030d}" for i in range(888)]
    uid = np.array(scans, object)[rng.integers(888, size=755_000)]
    xyz = rng.uniform(-150, 150, (755_000, 3)).round(2)
    columns = {
        "seriesuid": uid,
        "coordX": xyz[:, 0],
        "coordY": xyz[:, 1],
        "coordZ": xyz[:, 2],
        "probability": rng.random(755_000),
    }
    nodules = [(scans[i % 888], *xyz[i], 8.0) for i in range(1186)]
    write_answers(tmp_path, scans, nodules, [(scans[i % 888], *xyz[-i], -1.0) for i in range(35_000)])
    start = time.process_time()
    answers = metric.read_answers(tmp_path)
    table = Table(columns, np.arange(2, 755_002))
    y_true, y_pred = metric.prepare(answers.truth, table)
    assert metric.details(y_true, y_pred)["nodules"] == 1186
    assert time.process_time() - start < 5
