"""``kit runs``, ``kit diff``, and the ways to name a run."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.errors import KitError
from kit.files import submissions_dir
from kit.runs import Run, find
from kit.runs.activity import FILE, Activity, active
from kit.runs.listing import run_state
from kit.runs.schema import write_record
from tests import toy_task
from tests.report.example_run import guesses, write_run

Cli = Callable[..., Any]
NAMES = ("20260101-000000-small", "20260101-120000-small", "20260202-000000-large")


@pytest.fixture
def runs(toy_plugins: Path, tmp_path: Path) -> list[Run]:
    """Three finished runs of the toy task."""
    (tmp_path / "data").mkdir()
    toy_task.make_sample(tmp_path / "data", 80, 0)
    ids, task = [str(number) for number in range(1, 81)], toy_task.kit_tasks()[0]
    found = [write_run(task, submissions_dir() / "bars" / name, tmp_path / "data", ids, guesses(80)) for name in NAMES]
    for run in found:
        run.write_config(dataclasses.replace(task.config, model="small"))
    return found


def test_runs_are_listed_with_the_newest_first(kit_cli: Cli, runs: list[Run]) -> None:
    (runs[0].path / "score.json").unlink()
    (runs[0].path / "check.json").unlink()
    (runs[1].path / "summary.json").write_text("{")
    (runs[2].path / "config.json").write_text(json.dumps({"model": "<b>\x1b[2J"}))
    result = kit_cli("runs")
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    assert [(row[0], row[2]) for row in rows] == [(NAMES[2], "scored"), (NAMES[1], "damaged"), (NAMES[0], "trained")]
    assert "\x1b" not in result.stdout and "<b>" in rows[0][3]
    listed = json.loads(kit_cli("runs", "bars", "--json").stdout)["runs"]
    assert [row["run"] for row in listed] == [NAMES[2], NAMES[1], NAMES[0]]
    assert listed[2]["model"] == "small" and isinstance(listed[2]["score"], float)
    assert listed[2]["created"] == "2026-01-01T00:00:00+00:00" and listed[2]["age_seconds"] > 0
    assert json.loads(kit_cli("runs", "other", "--json").stdout)["runs"] == []


def test_without_a_run_the_list_says_what_to_type(kit_cli: Cli, toy_plugins: Path) -> None:
    assert "kit run TASK --sample" in kit_cli("runs").stderr


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (NAMES[0], 0),
        (f"bars/{NAMES[0]}", 0),
        ("20260101-12", 1),
        ("20260202", 2),
        ("latest", 2),
        ("bars/latest", 2),
        ("bars/20260202", 2),
    ],
)
def test_a_run_is_found_by_its_name_the_start_of_it_or_as_the_latest(runs: list[Run], name: str, found: int) -> None:
    assert find(name).path == runs[found].path
    assert find(runs[found].path) == runs[found]


@pytest.mark.parametrize("name", ["20260101", "2", "", "other/latest", "20270101", "LATEST", "small"])
def test_an_ambiguous_or_unknown_name_is_refused(runs: list[Run], name: str) -> None:
    with pytest.raises(KitError) as caught:
        find(name)
    assert "kit runs" in str(caught.value)
    if name in ("20260101", "2"):
        assert "several runs" in str(caught.value) and NAMES[0] in str(caught.value)


def test_a_whole_name_wins_over_a_longer_one(runs: list[Run]) -> None:
    runs[0].path.rename(runs[0].path.with_name(NAMES[1] + "-2"))
    assert find(NAMES[1]).path == runs[1].path


def test_a_run_is_in_training_while_its_process_lives(runs: list[Run]) -> None:
    for name in ("score.json", "check.json", "summary.json"):
        (runs[0].path / name).unlink()
    assert run_state(runs[0]) == "stopped"
    with active(runs[0]):
        assert run_state(runs[0]) == "training"
    assert run_state(runs[0]) == "stopped" and not (runs[0].path / FILE).exists()
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    with active(runs[0]):
        own = json.loads((runs[0].path / FILE).read_text())
        assert own["pid"] == os.getpid()
        write_record(runs[0].path / FILE, Activity(host="a", machine=own["machine"], pid=int(done.stdout)))
        assert run_state(runs[0]) == "stopped"
        write_record(runs[0].path / FILE, Activity(host="a", machine="elsewhere", pid=1))
        assert run_state(runs[0]) == "training"
        for name in (FILE, "metrics.jsonl"):
            os.utime(runs[0].path / name, (1, 1))
        assert run_state(runs[0]) == "stopped"
        (runs[0].path / FILE).write_text("{")
        assert run_state(runs[0]) == "stopped"


def test_a_difference_shows_settings_and_rows(kit_cli: Cli, runs: list[Run]) -> None:
    first, second = runs[0], runs[2]
    config = json.loads((second.path / "config.json").read_text())
    (second.path / "config.json").write_text(json.dumps(config | {"epochs": 99}))
    assert "rows are not compared" in kit_cli("diff", NAMES[0], "latest").stdout
    (first.path / "submission.csv").write_text("id,label\n1,0\n2,1\n3,1\n")
    (second.path / "submission.csv").write_text("id,label\n3,1\n2,0\n4,1\n")
    result = kit_cli("diff", NAMES[0], "latest")
    assert re.search(r"^epochs +5 -> 99$", result.stdout, re.MULTILINE)
    assert "rows: 3 ids of 4 differ (75.0%)" in result.stdout
    assert [line.strip() for line in result.stdout.splitlines()[-3:]] == ["1: 0 -> -", "2: 1 -> 0", "4: - -> 1"]
    assert "and 2 more" in kit_cli("diff", NAMES[0], "latest", "--limit", 1).stdout
    found = json.loads(kit_cli("diff", NAMES[0], "latest", "--json").stdout)
    assert found["settings"]["epochs"] == [5, 99]
    assert found["rows"]["shown"][0] == {"id": "1", "first": [[0]], "second": []}


def test_a_run_does_not_differ_from_itself(kit_cli: Cli, runs: list[Run]) -> None:
    (runs[0].path / "submission.csv").write_text("id,label\n1,0\n")
    result = kit_cli("diff", NAMES[0], NAMES[0])
    assert result.stdout == "settings, versions, data and scores are the same\nrows: 0 ids of 1 differ (0.0%)\n"
