from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kit
from kit.auditing import audit
from kit.data.contest import ContestData
from kit.data.visible import original_names, visible_folder
from kit.errors import DataError
from kit.files import answers_dir
from tests import toy_task

Cli = Callable[..., Any]
QUICK = ("--size", 40, "--epochs", 1, "--set", "workers=0")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_the_reader_gets_everything_but_the_answers(toy: kit.Task, toy_folder: Path) -> None:
    (toy_folder / "images" / "deep").mkdir(parents=True)
    (toy_folder / "images" / "deep" / "answers.csv").write_text("not the answers")
    (toy_folder / "submission file.csv").write_text("x")
    seen: list[list[str]] = []

    def read(folder: Path, part: kit.Part) -> list[kit.Sample]:
        seen.append(names(folder))
        return toy_task.read(folder, part)

    with ContestData(dataclasses.replace(toy, reader=read), toy_folder, toy.config) as contest:
        assert len(contest.samples("train")) == 80 and len(contest.samples("test")) == 20
    assert seen == [[name for name in names(toy_folder) if name != "answers.csv"]] * 2
    assert "images/deep/answers.csv" in seen[0]


def test_answers_that_are_a_folder_are_left_out_too(toy: kit.Task, toy_folder: Path) -> None:
    (toy_folder / "truth").mkdir()
    (toy_folder / "truth" / "a.csv").write_text("x")
    folder = visible_folder(dataclasses.replace(toy, answers="truth"), toy_folder)
    assert "answers.csv" in names(folder) and not any(name.startswith("truth") for name in names(folder))


def test_a_link_to_nothing_is_left_for_the_reader_to_name(toy: kit.Task, toy_folder: Path) -> None:
    (toy_folder / "images.npy").symlink_to("nowhere")
    folder = visible_folder(toy, toy_folder)
    assert (folder / "images.npy").is_symlink() and not (folder / "images.npy").exists()


def test_texts_name_the_users_own_folder_also_where_a_path_is_cut_short(toy: kit.Task, toy_folder: Path) -> None:
    visible = visible_folder(toy, toy_folder)
    for text in (f"{visible}/a.csv", f"{visible.name}/a.csv", f"{visible.parent.name}/{visible.name}"):
        found = original_names(f"see {text}", visible, toy_folder)
        assert toy_folder.name in found and visible.name not in found and "without-answers" not in found


def test_data_without_answers_are_read_as_they_are(toy: kit.Task, toy_folder: Path) -> None:
    (toy_folder / "answers.csv").unlink()
    assert visible_folder(toy, toy_folder) == toy_folder
    assert visible_folder(toy, toy_folder / "labels.csv") == toy_folder / "labels.csv"


def test_changed_files_are_seen_and_a_second_reader_uses_the_same_links(toy: kit.Task, toy_folder: Path) -> None:
    first = visible_folder(toy, toy_folder)
    assert visible_folder(toy, toy_folder) == first
    (toy_folder / "labels.csv").write_text("id,label\n1,0\n")
    second = visible_folder(toy, toy_folder)
    assert (second / "labels.csv").read_text() == "id,label\n1,0\n"
    (toy_folder / "new.txt").touch()
    assert "new.txt" in names(visible_folder(toy, toy_folder))


def test_runs_and_caches_inside_of_the_data_are_not_followed(
    toy: kit.Task, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE", str(toy_folder / "cache"))
    monkeypatch.setenv("KIT_SUBMISSIONS", str(toy_folder / "submissions"))
    (toy_folder / "submissions" / "bars").mkdir(parents=True)
    (toy_folder / "submissions" / "bars" / "a.csv").touch()
    for _ in range(2):
        assert names(visible_folder(toy, toy_folder)) == ["labels.csv", "test.npy", "train.npy"]


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs symbolic links")
def test_links_of_the_user_s_own_are_followed(toy: kit.Task, toy_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (toy_folder / "train.npy").rename(tmp_path / "elsewhere" / "train.npy")
    (toy_folder / "train.npy").symlink_to(tmp_path / "elsewhere" / "train.npy")
    (toy_folder / "more").symlink_to(tmp_path / "elsewhere")
    folder = visible_folder(toy, toy_folder)
    assert names(folder) == ["labels.csv", "more", "more/train.npy", "test.npy", "train.npy"]
    assert len(toy_task.read(folder, "train")) == 80


def test_errors_and_findings_name_the_user_s_own_files(toy: kit.Task, toy_folder: Path) -> None:
    def read(folder: Path, part: kit.Part) -> list[kit.Sample]:
        raise DataError(f"{folder / 'labels.csv'} is damaged", where=folder / "labels.csv", remedy=f"rm {folder}")

    task = dataclasses.replace(toy, reader=read)
    with pytest.raises(DataError) as caught, ContestData(task, toy_folder, toy.config) as contest:
        contest.read("train")
    assert str(caught.value).count(str(toy_folder)) == 3 and "without-answers" not in str(caught.value)
    assert all("without-answers" not in str(finding) for finding in audit(task, toy_folder))
    assert any(str(toy_folder) in finding.message for finding in audit(task, toy_folder))


@pytest.mark.usefixtures("toy_plugins")
def test_answers_that_are_kept_apart_score_a_run(
    kit_cli: Cli, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "vault" / "bars"
    folder.mkdir(parents=True)
    (toy_folder / "answers.csv").rename(folder / "answers.csv")
    assert answers_dir() is None
    unanswered = kit_cli("score", "bars", folder / "answers.csv")
    assert unanswered.exit_code == 2 and "KIT_ANSWERS/bars/answers.csv" in unanswered.stderr
    monkeypatch.setenv("KIT_ANSWERS", str(folder.parent))
    assert "accuracy 1.00000" in kit_cli("score", "bars", folder / "answers.csv").stdout
    result = kit_cli("run", "bars", "--data", toy_folder, *QUICK[2:])
    assert "score: accuracy" in result.stderr
    assert "answers.csv" not in names(toy_folder)


@pytest.mark.usefixtures("toy_plugins")
def test_answers_of_other_data_do_not_end_a_run(
    kit_cli: Cli, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (toy_folder / "answers.csv").unlink()
    (tmp_path / "vault" / "bars").mkdir(parents=True)
    (tmp_path / "vault" / "bars" / "answers.csv").write_text("id,label\n1,0\n2,1\n")
    monkeypatch.setenv("KIT_ANSWERS", str(tmp_path / "vault"))
    result = kit_cli("run", "bars", "--data", toy_folder, *QUICK[2:])
    assert result.exit_code == 0 and "are not those of these data" in result.stderr
    assert "ranked by its held-out score" in result.stderr
