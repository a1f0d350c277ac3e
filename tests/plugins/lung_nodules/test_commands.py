"""The lung tasks on the command line: a folder's faults, the folds' merged submission, marks that the cap drops."""

import json
import shutil
from pathlib import Path

import pytest
from kit_plugins.lung_nodules import baseline, sample
from kit_plugins.lung_nodules.ct.batch import prepare_all

SimpleITK = pytest.importorskip("SimpleITK")
HEADER = "seriesuid,coordX,coordY,coordZ,probability\n"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("luna") / "data"
    sample.make(folder, 60, 0)
    return folder


@pytest.fixture
def data(drawn, tmp_path):
    """A copy of the drawn scans; copies keep the time of the originals, and so what is cached of them."""
    return shutil.copytree(drawn, tmp_path / "data")


def cut_short(folder, uid):
    path = next(folder.rglob(f"{uid}.raw"))
    path.write_bytes(path.read_bytes()[:1000])


def edit_header(folder, uid, old, new):
    path = next(folder.rglob(f"{uid}.mhd"))
    lines = [new if line.startswith(old) else line for line in path.read_text().splitlines()]
    path.write_text("".join(line + "\n" for line in lines if line))


def append(path, row):
    path.write_text(path.read_text() + row + "\n")


FAULTS = {
    "a missing raw": (lambda d, uid: next(d.rglob(f"{uid}.raw")).unlink(), "data file is missing", ".mhd"),
    "a short raw": (cut_short, "data file is short", ".raw"),
    "a data file elsewhere": (
        lambda d, uid: edit_header(d, uid, "ElementDataFile", "ElementDataFile = ../../x.raw"),
        "outside its folder",
        ".mhd",
    ),
    "no spacing": (lambda d, uid: edit_header(d, uid, "ElementSpacing", ""), "no ElementSpacing", ".mhd"),
    "an unknown scan": (lambda d, uid: append(d / "annotations.csv", "9.9.9,0,0,0,5"), "unknown scan", "9.9.9"),
    "a candidate outside": (
        lambda d, uid: append(d / "candidates_V2.csv", f"{uid},9999,0,0,0"),
        "lies outside its volume: [9999.0, 0.0, 0.0]",
        "candidates_V2.csv, line",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_audit_refuses_a_bad_folder_and_names_what_is_wrong(fault, data, kit_cli):
    uid = sorted(path.stem for path in data.rglob("*.raw"))[0]
    spoil, words, where = FAULTS[fault]
    spoil(data, uid)
    result = kit_cli("audit", "lung_nodules", "--data", data)
    assert result.exit_code == 1
    printed = " ".join((result.stdout + result.stderr).split())
    assert words in printed and where in printed
    assert fault == "an unknown scan" or uid in printed


def test_a_run_stops_before_training_on_a_bad_folder(data, kit_cli):
    uid = sorted(path.stem for path in data.rglob("*.raw"))[0]
    cut_short(data, uid)
    done = kit_cli("run", "lung_nodules", "--data", data, "--model", "baseline")
    assert done.exit_code == 1
    assert "data file is short" in done.stderr and f"{uid}.raw" in done.stderr and "Traceback" not in done.stderr


def test_marks_may_be_logits_as_in_the_contest_script(data, kit_cli, tmp_path):
    uid = (data / "test_seriesuids.csv").read_text().split()[0]
    (tmp_path / "marks.csv").write_text(HEADER + f"{uid},1,2,3,6.77\n{uid},1,2,9,-1.2e3\n")
    assert kit_cli("check", "lung_nodules", tmp_path / "marks.csv", "--data", data).exit_code == 0
    scored = kit_cli("score", "lung_nodules", tmp_path / "marks.csv", "--answers", data / "answers")
    assert scored.exit_code == 0 and "CPM" in scored.stdout


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "high", "1e999"])
def test_a_mark_that_is_no_finite_number_is_named_with_its_line(value, data, kit_cli, tmp_path):
    uid = (data / "test_seriesuids.csv").read_text().split()[0]
    (tmp_path / "marks.csv").write_text(HEADER + f"{uid},1,2,3,0.5\n{uid},1,2,9,{value}\n")
    result = kit_cli("check", "lung_nodules", tmp_path / "marks.csv", "--data", data)
    assert result.exit_code == 1
    assert "line 3" in result.stdout and uid in result.stdout


def test_the_check_warns_by_scan_of_marks_that_the_evaluation_would_drop(data, kit_cli, tmp_path):
    uid = (data / "test_seriesuids.csv").read_text().split()[0]
    (tmp_path / "marks.csv").write_text(HEADER + "".join(f"{uid},{n},2,3,0.5\n" for n in range(101)))
    result = kit_cli("check", "lung_nodules", tmp_path / "marks.csv", "--data", data)
    assert result.exit_code == 0
    assert uid in result.stdout and "keeps the 0 most probable" in " ".join(result.stdout.split())


@pytest.fixture
def small_forest(monkeypatch):
    """A forest of 20 trees: these tests are about the folds' submission, not about the model."""
    monkeypatch.setattr(baseline.FeatureForest.__init__, "__defaults__", (0, 20))


def as_the_contest(data):
    """Take out what only the sample has: scans to predict, and their answers."""
    (hidden,) = (data / "test_seriesuids.csv").read_text().split()
    for path in data.rglob(f"{hidden}.*"):
        path.unlink()
    shutil.rmtree(data / "answers")
    (data / "test_seriesuids.csv").unlink()
    for name in ("seriesuids.csv", "candidates_V2.csv"):
        kept = [line for line in (data / name).read_text().splitlines() if hidden not in line]
        (data / name).write_text("".join(line + "\n" for line in kept))
    return sorted(path.stem for path in data.rglob("*.mhd"))


@pytest.mark.usefixtures("small_forest")
@pytest.mark.parametrize("task", [pytest.param("lung_nodules", marks=pytest.mark.slow), "lung_nodules_detection"])
def test_the_merged_submission_of_the_folds_holds_every_scan_and_checks_and_scores(task, data, kit_cli):
    uids = as_the_contest(data)
    prepare_all([next(data.rglob(f"{uid}.mhd")) for uid in uids], task.endswith("detection"), processes=1)
    trained = kit_cli("train", task, "--data", data, "--model", "baseline", "--folds", "subset")
    assert trained.exit_code == 0, trained.stderr
    merged = kit_cli("predict", trained.stdout.split()[-1], "--data", data, "--oof")
    assert merged.exit_code == 0, merged.stderr
    file = Path(merged.stdout.split()[-1])
    marks = [row.split(",")[0] for row in file.read_text().splitlines()][1:]
    assert sorted(set(marks)) == uids and max(map(marks.count, uids)) <= 100
    checked = kit_cli("check", task, file, "--data", data)
    assert checked.exit_code == 0 and "warning" not in checked.stdout.lower(), checked.stdout
    scored = kit_cli("score", task, file, "--answers", data)
    assert scored.exit_code == 0 and "CPM" in scored.stdout, scored.stderr


@pytest.mark.usefixtures("small_forest")
def test_a_run_without_a_test_part_ends_with_the_folds_merged_submission_its_score_and_its_report(data, kit_cli):
    uids = as_the_contest(data)
    done = kit_cli("run", "lung_nodules", "--data", data, "--model", "baseline", "--folds", "subset")
    assert done.exit_code == 0, done.stderr
    run = Path(done.stdout.split()[-1])
    marks = [row.split(",")[0] for row in (run / "submission.csv").read_text().splitlines()][1:]
    assert sorted(set(marks)) == uids
    assert (run / "report.html").exists() and json.loads((run / "score.json").read_text())["details"]["scans"] == len(
        uids
    )
