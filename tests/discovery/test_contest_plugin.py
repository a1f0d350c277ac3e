"""A plugin written from a contest's files runs as it stands: from the folder to a valid submission, nothing edited."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kit.discovery import discover
from kit.discovery.scaffold import new_task
from kit.discovery.source_text import literal, sentence
from kit.errors import KitError
from kit.inspection import Options, inspect_folder
from tests.conftest import ROOT
from tests.inspection.drawn_contests import EIGHT, Contest, write_image, write_rows

SMALL = {"folder classes": 24, "multi-label images": 24, "rle masks": 16}
# The score that a submission must beat: what is reached without looking at the features, or nearly so. The best
# possible accuracy of "binary table" is 0.85, the best RMSE of "several targets" 0.3.
BASELINES = {
    "binary table": ("accuracy", 0.65),
    "regression table": ("RMSE", 150_000),
    "class table": ("accuracy", 0.85),
    "several targets": ("mean column-wise RMSE", 0.6),
    "folder classes": ("accuracy", 0.7),
    "multi-label images": ("mean column-wise AUC", 0.8),
    "rle masks": ("Dice", 0.75),
    "text classes": ("accuracy", 0.9),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The eight contests, drawn small, and a folder with a plugin for each."""
    folder = tmp_path_factory.mktemp("contests")
    contests = {name: EIGHT[name](folder / name, SMALL.get(name, 60)) for name in EIGHT}
    for name, contest in contests.items():
        new_task(task_name(name), folder / "plugins", name, inspect_folder(contest.folder, Options()))
    return folder / "plugins", contests


def task_name(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")


def test_their_source_is_clean(written):
    for command in (["check", "--ignore", "D103"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", ROOT / "pyproject.toml", written[0]],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", EIGHT)
def test_their_source_passes_the_type_checker(written, name):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "setup.cfg", written[0] / task_name(name)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", EIGHT)
def test_they_read_both_parts_with_labels_in_one(written, name):
    plugins, contests = written
    task = discover([plugins]).task(task_name(name))
    train, test = (task.reader(contests[name].folder, part) for part in ("train", "test"))
    assert len(train) == SMALL.get(name, 60)
    assert [sample.id for sample in test] == [str(row[0]) for row in contests[name].answers[1:]]
    assert all(sample.y is not None for sample in train) and all(sample.y is None for sample in test)
    config = replace(task.config, model="network") if name == "text classes" else task.config
    x, y = task.example(train[0], np.random.default_rng(0), config)
    assert x.dtype == np.float32 and np.isfinite(x).all() and y is not None


@pytest.mark.parametrize(("name", "epochs"), [("binary table", 1), ("folder classes", 1)])
def test_it_runs_from_the_folder_to_a_valid_submission(written, name, epochs, kit_cli, tmp_path):
    plugins, contests = written
    contest, task = contests[name], task_name(name)
    arguments = ["--data", contest.folder, "--plugins", plugins, "--epochs", epochs, "--set", "workers=0"]
    outcome = kit_cli("run", task, *arguments)
    assert outcome.exit_code == 0, outcome.stderr
    submission = Path(outcome.stdout.splitlines()[-1]) / "submission.csv"
    write_rows(tmp_path / "answers.csv", contest.answers)
    scored = kit_cli("score", task, submission, "--answers", tmp_path / "answers.csv", "--plugins", plugins, "--json")
    assert scored.exit_code == 0, scored.stderr
    assert json.loads(scored.stdout)["rows"] == len(contest.answers) - 1
    assert "held-out accuracy" in outcome.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", EIGHT)
def test_with_nothing_edited_it_beats_a_baseline_and_is_certified(name, tmp_path, kit_process):
    contest: Contest = EIGHT[name](tmp_path / "data")
    task, plugins = task_name(name), tmp_path / "plugins"
    made = kit_process("new-task", task, plugins, "--from", contest.folder)
    assert made.returncode == 0, made.stderr
    done = kit_process("run", task, "--data", contest.folder, "--plugins", plugins, timeout=300)
    assert done.returncode == 0, done.stderr
    write_rows(tmp_path / "answers.csv", contest.answers)
    submission = Path(done.stdout.splitlines()[-1]) / "submission.csv"
    scored = kit_process(
        "score", task, submission, "--answers", tmp_path / "answers.csv", "--plugins", plugins, "--json"
    )
    result, (metric, baseline) = json.loads(scored.stdout), BASELINES[name]
    assert result["metric"] == metric
    better = result["score"] > baseline if result["higher_is_better"] else result["score"] < baseline
    assert better, f"{metric} {result['score']} does not beat {baseline}"
    certified = kit_process("certify", task, "--data", contest.folder, "--plugins", plugins, timeout=300)
    assert certified.returncode == 0, certified.stdout


def test_a_time_series_holds_out_its_latest_rows(tmp_path):
    rows = [[n, f"2024-{n // 28 + 1:02}-{n % 28 + 1:02}", n % 5, n * 1.5] for n in range(60)]
    write_rows(tmp_path / "data" / "train.csv", [["id", "date", "x", "sales"], *rows])
    later = [[90 + n, f"2024-06-{n + 1:02}", n] for n in range(10)]
    write_rows(tmp_path / "data" / "test.csv", [["id", "date", "x"], *later])
    new_task("shop_sales", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options()))
    task = discover([tmp_path / "plugins"]).task("shop_sales")
    held = [sample.id for sample in task.reader(tmp_path / "data", "train") if "held_out" in sample.meta]
    assert task.config.folds == "held_out"
    assert held == [str(number) for number in range(48, 60)]


def test_rows_of_a_group_stay_together(tmp_path):
    rows = [[n, f"p{n // 6}", n % 5, n % 2] for n in range(60)]
    write_rows(tmp_path / "data" / "train.csv", [["id", "patient_id", "x", "y"], *rows])
    write_rows(tmp_path / "data" / "test.csv", [["id", "patient_id", "x"], *[[90 + n, f"q{n}", 1] for n in range(9)]])
    new_task("patients", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options()))
    samples = discover([tmp_path / "plugins"]).task("patients").reader(tmp_path / "data", "train")
    assert [sample.group for sample in samples[5:8]] == ["p0", "p1", "p1"]


def test_pixels_in_a_table_become_images(tmp_path):
    pixels = [f"pixel{k}" for k in range(64)]
    rows = [[n % 3, *[(n * k) % 256 for k in range(64)]] for n in range(30)]
    write_rows(tmp_path / "data" / "train.csv", [["label", *pixels], *rows])
    write_rows(tmp_path / "data" / "test.csv", [pixels, *[row[1:] for row in rows[:5]]])
    write_rows(tmp_path / "data" / "sample_submission.csv", [["ImageId", "Label"], *[[n, 0] for n in range(1, 6)]])
    new_task("digits", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options()))
    task = discover([tmp_path / "plugins"]).task("digits")
    assert [sample.id for sample in task.reader(tmp_path / "data", "test")] == ["1", "2", "3", "4", "5"]
    image = task.reader(tmp_path / "data", "train")[7].x
    assert image.shape == (8, 8, 1) and image.ravel().tolist() == rows[7][1:]


def test_arrays_become_images_and_a_validation_part_is_held_out(tmp_path):
    (tmp_path / "data").mkdir()
    x, y = np.random.default_rng(0).random((40, 64), np.float32), (np.arange(40) % 4)[:, None]
    parts = {"X_train": x, "y_train": y, "X_valid": x[:8], "y_valid": y[:8]}
    np.savez(tmp_path / "data" / "contest.npz", **parts)
    new_task("arrays", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options()))
    task = discover([tmp_path / "plugins"]).task("arrays")
    samples = task.reader(tmp_path / "data", "train")
    assert len(samples) == 48 and task.reader(tmp_path / "data", "test") == []
    assert [sample.meta.get("held_out") for sample in (samples[0], samples[40])] == [None, "validation"]
    assert samples[3].x.shape == (8, 8, 1)


def test_pairs_of_image_and_mask_are_read_with_their_patients(tmp_path):
    for part in ("train", "testA"):
        for number in range(1, 5):
            mask = np.zeros((32, 32), np.uint8)
            mask[2:10, 4 : 6 + number] = 1
            mask[20:28, 8:12] = 2 * (number > 1)
            write_image(tmp_path / "data" / f"{part}_{number}.bmp", np.dstack([mask * 90] * 3))
            write_image(tmp_path / "data" / f"{part}_{number}_anno.bmp", mask)
    rows = [[f"{part}_{n}", f"P{n % 2}"] for part in ("train", "testA") for n in range(1, 5)]
    write_rows(tmp_path / "data" / "Grade.csv", [["name", " patient ID"], *rows])
    new_task("glands", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options(kind="masks")))
    task = discover([tmp_path / "plugins"]).task("glands")
    samples = task.reader(tmp_path / "data", "train")
    assert [sample.group for sample in samples] == ["P1", "P0", "P1", "P0"]
    assert [sample.id for sample in task.reader(tmp_path / "data", "test")] == [f"testA_{n}" for n in range(1, 5)]
    perfect = list(task.truth(samples))
    assert perfect[0][1].startswith("131 8 "), "down the columns from 1: column 4 has rows 2 to 9"


def test_a_cell_that_is_no_number_is_refused_with_its_line(written):
    plugins, contests = written
    contest = contests["class table"]
    path = contest.folder / "test.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].rpartition(",")[0] + ",large", *lines[2:]]) + "\n")
    with pytest.raises(KitError, match="line 2"):
        discover([plugins]).task("class_table").reader(contest.folder, "test")


HOSTILE = '"""\nimport os\nos.abort()\n"""'


def test_names_from_a_contests_files_cannot_become_code(tmp_path):
    rows = [[n, n % 7, n % 5, [HOSTILE, "b\\"][n % 2]] for n in range(40)]
    write_rows(tmp_path / "data" / "train.csv", [["id", "a'b\"c", "{{ 7 * 7 }}", HOSTILE], *rows])
    write_rows(tmp_path / "data" / "test.csv", [["id", "a'b\"c", "{{ 7 * 7 }}"], *[row[:3] for row in rows[:9]]])
    new_task("hostile", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options()))
    task = discover([tmp_path / "plugins"]).task("hostile")
    samples = task.reader(tmp_path / "data", "train")
    assert [sample.y for sample in samples[:2]] == [0, 1]
    assert "49" not in (tmp_path / "plugins" / "hostile" / "contest.py").read_text()


@pytest.mark.parametrize("text", ["plain", 'say "x"', 'it\'s "x"', "back\\slash", "tab\t\n", "植物 \u2028", "😀\x00"])
def test_a_literal_is_the_text_again(text):
    import ast

    assert ast.literal_eval(literal(text)) == text
    assert not set(sentence(text)) & set('"\\`|\n')


def test_rows_are_predicted_in_the_order_of_the_sample_submission(tmp_path):
    rows = [[n, n % 7, n % 2] for n in range(40)]
    write_rows(tmp_path / "data" / "train.csv", [["id", "x", "y"], *rows])
    write_rows(tmp_path / "data" / "test.csv", [["id", "x"], [90, 1], [91, 2], [92, 3]])
    write_rows(tmp_path / "data" / "sample_submission.csv", [["id", "y"], [92, 0], [90, 1]])
    new_task("ordered", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options()))
    task = discover([tmp_path / "plugins"]).task("ordered")
    assert [sample.id for sample in task.reader(tmp_path / "data", "test")] == ["92", "90"]


def test_a_contest_without_a_test_part_has_no_test_samples(tmp_path):
    write_rows(tmp_path / "data" / "train.csv", [["id", "x", "label"], *[[n, n % 7, n % 2] for n in range(40)]])
    new_task("alone", tmp_path / "plugins", "", inspect_folder(tmp_path / "data", Options()))
    task = discover([tmp_path / "plugins"]).task("alone")
    assert task.reader(tmp_path / "data", "test") == []
    assert len(task.reader(tmp_path / "data", "train")) == 40


def test_masks_in_several_rows_of_an_image_are_joined(tmp_path):
    for part, numbers in (("train", range(6)), ("test", range(6, 8))):
        for number in numbers:
            picture = np.random.default_rng(number).integers(0, 255, (20, 24, 3), np.uint8)
            write_image(tmp_path / "data" / part / f"{number}.png", picture)
    rows = [[f"{n}.png", f"{start} 3 {start + 20} 3"] for n in range(6) for start in (21, 101)]
    write_rows(tmp_path / "data" / "train.csv", [["ImageId", "EncodedPixels"], *rows])
    found = inspect_folder(tmp_path / "data", Options())
    assert any("several rows" in warning for warning in found.warnings)
    new_task("ships", tmp_path / "plugins", "", found)
    task = discover([tmp_path / "plugins"]).task("ships")
    samples = task.reader(tmp_path / "data", "train")
    assert len(samples) == 6 and samples[0].y == "21 3 41 3 101 3 121 3"
