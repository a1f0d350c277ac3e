"""Both tracks from the sample to the submission: sample, sampler, writer, models, figures, audit."""

import csv
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.lung_nodules import (
    DETECTION,
    REDUCTION,
    audit,
    baseline,
    figures,
    froc,
    inputs,
    metric,
    reader,
    sample,
    writer,
)
from kit_plugins.lung_nodules.synthetic import lesions

from kit import Evidence
from kit.scoring import score
from kit.scoring.rows import rows_table
from kit.submission import check, write

pytest.importorskip("SimpleITK")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("luna")
    sample.make(path / "data", 60, 0)
    return path


@pytest.fixture(autouse=True)
def one_cache(folder, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(folder / "cache"))


@pytest.fixture
def data(folder):
    return folder / "data"


@pytest.fixture
def samples(data):
    return list(reader.read_reduction(data, "train"))


def test_the_sample_has_the_contest_layout_and_hides_the_test_scans(data):
    test = (data / "test_seriesuids.csv").read_text().split()
    assert sorted(path.name for path in data.glob("subset*")) == [f"subset{n}" for n in range(5)]
    assert list(data.rglob("*.zraw")) and list(data.rglob("*.raw"))
    with (data / "annotations.csv").open() as file:
        assert not {row["seriesuid"] for row in csv.DictReader(file)} & set(test)
    with (data / "candidates_V2.csv").open() as file:
        assert {row["class"] for row in csv.DictReader(file) if row["seriesuid"] in test} == {""}
    assert (data / "answers" / "seriesuids.csv").read_text().split() == test


def test_every_nodule_of_the_sample_is_also_an_excluded_finding(data):
    with (data / "annotations.csv").open() as nodules, (data / "annotations_excluded.csv").open() as excluded:
        assert set(nodules.read().split()[1:]) <= set(excluded.read().split()[1:])


def test_diameters_follow_the_contest_distribution():
    rng = np.random.default_rng(0)
    drawn = np.array([lesions.draw_diameter(rng) for _ in range(4000)])
    assert drawn.min() >= 3.2 and drawn.max() <= 33
    assert np.median(drawn) == pytest.approx(np.exp(1.99), rel=0.04)
    assert np.log(drawn).std() == pytest.approx(0.47, abs=0.03)


def test_the_given_classes_fit_the_annotations(samples):
    for one in samples:
        inside = froc.hit_matrix(one.x.world[None], one.x.scan.nodules).any()
        assert bool(one.y) == bool(inside)


def test_answers_score_perfectly_and_half_of_them_do_not(data, tmp_path):
    answers = REDUCTION.read_answers(data / "answers")
    rows = list(metric.perfect_rows(answers.truth.included.items()))
    write(tmp_path / "all.csv", REDUCTION.format, rows, answers.ids)
    write(tmp_path / "half.csv", REDUCTION.format, rows[::2], answers.ids)
    assert score(REDUCTION, tmp_path / "all.csv", data).score == 1
    assert score(REDUCTION, tmp_path / "half.csv", data).score == pytest.approx(len(rows[::2]) / len(rows))


def test_an_epoch_holds_every_nodule_and_no_unclear_candidate(samples):
    config = replace(REDUCTION.config, negatives=2.0, repeats=3)
    order = inputs.balanced(samples, np.random.default_rng(0), config)
    positives = [samples[i].x for i in order if samples[i].y == 1]
    shown = [np.argmin(np.linalg.norm(one.scan.nodules[:, :3] - one.world, axis=1)) for one in positives]
    counts = Counter((one.scan.uid, number) for one, number in zip(positives, shown, strict=True))
    assert set(counts.values()) == {3} and len(order) == 9 * len(counts)
    assert len(counts) < sum(one.y for one in samples)  # a third of the nodules have two candidates
    assert not any(samples[i].x.scan.unclear[samples[i].x.index] for i in order if samples[i].y == 0)
    assert order == inputs.balanced(samples, np.random.default_rng(0), config)


def test_the_writer_keeps_a_hundred_marks_and_the_check_has_nothing_to_warn_of(samples, tmp_path):
    scan = samples[0].x.scan
    many = replace(
        scan,
        candidates=np.repeat(scan.candidates[:1], 250, axis=0),
        labels=np.zeros(250),
        unclear=np.zeros(250),
        radii=np.zeros(250),
    )
    crowd = list(reader.Candidates([many], {}))
    rows = list(writer.write(crowd, [np.array([0.5])] * 250, {}))
    assert len(rows) == 100
    write(tmp_path / "marks.csv", REDUCTION.format, rows, [scan.uid])
    assert check(tmp_path / "marks.csv", REDUCTION.format, [scan.uid]).warnings == []
    crowded = rows_table(REDUCTION.format, rows + rows[:1])
    assert [fault.id for fault in metric.review(crowded)] == [scan.uid]


def test_detection_writes_one_mark_where_several_lie_together(samples):
    scan = replace(
        samples[0].x.scan,
        candidates=np.array([[0.0, 0, 0], [3.0, 0, 0], [9.0, 0, 0]]), labels=np.zeros(3), unclear=np.zeros(3),
        radii=np.ones(3),
    )  # fmt: skip
    guess = [np.array([p]) for p in (0.2, 0.9, 0.4)]
    rows = list(writer.write_detections(list(reader.Candidates([scan], {})), guess, {}))
    assert [row[-1] for row in rows] == [0.9, 0.4]
    large = replace(scan, radii=np.array([1.0, 5.0, 1.0]))  # the mark at 9 mm lies on the rim of the one at 3 mm
    assert [row[-1] for row in writer.write_detections(list(reader.Candidates([large], {})), guess, {})] == [0.9]


def test_held_out_truth_scores_one_and_the_baseline_learns(samples):
    assert writer.evaluate(samples, [np.array([one.y]) for one in samples], {})[0] > 0.9
    config = replace(REDUCTION.config, model="baseline")
    x, y = map(np.stack, zip(*[inputs.example(one, None, config) for one in samples], strict=True))
    forest = baseline.FeatureForest(trees=20).fit(x, y)
    assert writer.evaluate(samples, list(forest.predict_proba(x)), {})[0] > 0.8


def test_figures_show_the_curve_the_false_positives_and_the_missed_nodules(samples):
    values = [np.array([0.9 - 0.8 * one.y]) for one in samples[:-1]]
    values = [np.zeros(1) if one.y else value for one, value in zip(samples, values, strict=False)]
    made = list(figures.figures(Evidence(samples[:-1], values, {}, {}, {})))
    titles = ["FROC", "False positives", "A nodule", "The article's lung mask", "Raw and masked"]
    assert [figure.title for figure in made] == titles
    assert all(figure.png.startswith(b"\x89PNG") for figure in made)
    assert figures.picture(samples[0]).shape == (48, 144)


def test_an_audit_names_every_bad_scan_and_every_point_outside(data, tmp_path):
    broken = tmp_path / "data"
    shutil.copytree(data, broken)
    raw = sorted(broken.rglob("*.raw"))
    raw[0].write_bytes(raw[0].read_bytes()[:1000])
    raw[1].unlink()
    uid = raw[2].stem
    (broken / "candidates_V2.csv").write_text((broken / "candidates_V2.csv").read_text() + f"{uid},9999,0,0,0\n")
    found = list(audit.audit_reduction(broken))
    errors = {
        (finding.kind, finding.where.split("/")[-1].split(",")[0]) for finding in found if finding.level == "error"
    }
    assert ("unreadable scan", raw[0].name) in errors
    assert any(raw[1].stem in str(finding.where) for finding in found)
    assert any("9999" in finding.message and uid in finding.message for finding in found)


def test_a_sound_folder_has_no_finding_of_error(data):
    assert not [finding for finding in audit.audit_reduction(data) if finding.level == "error"]


def test_detected_candidates_have_labels_from_the_annotations(data):
    samples = reader.read_detection(data, "train")
    assert len(samples) > 20 and sum(one.y for one in samples) >= 5
    assert all(one.y is None for one in reader.read_detection(data, "test"))
    height = samples[0].x.scan.candidates[:, 2]
    assert (np.diff(height) >= 0).all()  # in order of strength, the number in the id would predict the class


@pytest.mark.parametrize("name", ["cnn3d", "multiview", "unet2d"])
def test_a_model_scores_a_batch_and_its_loss_has_gradients(name):
    paddle = pytest.importorskip("paddle")
    from kit_plugins.lung_nodules import model

    config = replace(REDUCTION.config, width=8)
    layer = getattr(model, name)(config)
    y = np.zeros((4, 5), np.float32)
    y[0] = [1, 4, 0, 1, -1]
    outputs = layer(paddle.rand([4, 1, 32, 32, 32]))
    loss = model.loss(outputs, paddle.to_tensor(y), config)
    loss.backward()
    assert np.isfinite(float(loss))
    assert all(np.isfinite(p.grad.numpy()).all() for p in layer.parameters() if not p.stop_gradient)
    layer.eval()
    chances = model.activation(layer(paddle.rand([2, 1, 32, 32, 32]))).numpy()
    assert chances.shape == (2, 1) and ((chances >= 0) & (chances <= 1)).all()


@pytest.mark.parametrize("name", ["cnn3d", "multiview", "unet2d"])
def test_a_model_learns_to_tell_balls_from_tubes(name):
    """Guards against operators with wrong gradients: Paddle 3.3's maximum over three axes at once has them."""
    paddle = pytest.importorskip("paddle")
    from kit_plugins.lung_nodules import model

    paddle.seed(0)
    rng, config = np.random.default_rng(0), replace(REDUCTION.config, width=8, hard_fraction=1.0, dropout=0.0)
    layer = getattr(model, name)(config)
    optimizer = paddle.optimizer.AdamW(3e-3, parameters=layer.parameters())
    z, y, x = np.mgrid[:32, :32, :32] - 15.5
    ball, tube = np.sqrt(z**2 + y**2 + x**2) < 4, np.hypot(y, x) < 4
    labels = np.zeros((8, 5), np.float32)
    labels[:4, :2] = [1, 4]
    for _ in range(25):
        cubes_ = np.stack([*[ball] * 4, *[tube] * 4]) * 0.7 + rng.normal(0.1, 0.1, (8, 32, 32, 32))
        outputs = layer(paddle.to_tensor(cubes_[:, None].astype(np.float32)))
        loss = model.loss(outputs, paddle.to_tensor(labels), config)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
    logits = outputs[0] if isinstance(outputs, tuple) else outputs
    assert float(logits[:4].min()) > float(logits[4:].max())


def test_the_masks_that_the_unet_learns_have_the_radius_of_the_nodule():
    paddle = pytest.importorskip("paddle")
    from kit_plugins.lung_nodules import model

    y = paddle.to_tensor([[1.0, 5.0, 0.5, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0, 0.0]])
    masks = model.sphere_masks(y, 32).numpy()
    middle = masks[0, 2]  # the slice through the centre
    assert middle.sum() == pytest.approx(np.pi * 25, rel=0.06)
    assert masks[1].sum() == 0


def test_the_nine_planes_pass_through_the_middle_of_the_cube():
    paddle = pytest.importorskip("paddle")
    from kit_plugins.lung_nodules import model

    cube = np.zeros((1, 8, 8, 8), np.float32)
    cube[0, 3:5, 3:5, 3:5] = 1
    views = model.planes(paddle.to_tensor(cube)).numpy()
    assert views.shape == (1, 9, 8, 8)
    assert (views[0, :, 3:5, 3:5] == 1).all() and (views.sum(axis=(2, 3)) == 4).all()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("task", "bar"), [(REDUCTION, 0.80), (DETECTION, 0.70)])
def test_a_whole_run_on_the_sample_reaches_its_score(task, bar, kit_process):
    done = kit_process("run", task.name, "--sample")
    assert done.returncode == 0, done.stderr
    run = Path(done.stdout.split()[-1])
    assert (run / "report.html").exists()
    assert json.loads((run / "score.json").read_text())["score"] >= bar
