"""The contest's files are never overwritten by a prediction."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import KitError
from kit.prediction.outputs import refuse_data_as_output, refuse_unwritable_output


@pytest.mark.parametrize("name", ["answers.csv", "labels.csv", "train.npy", "sub/../answers.csv"])
def test_a_file_of_the_data_is_refused_as_output(toy, toy_folder: Path, name: str) -> None:
    (toy_folder / "sub").mkdir()
    with pytest.raises(KitError, match=r"would overwrite(.|\n)*name another path"):
        refuse_data_as_output(toy, toy_folder, toy_folder / name)


def test_a_link_to_the_answers_is_refused_as_output(toy, toy_folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "mine.csv"
    link.symlink_to(toy_folder / "answers.csv")
    with pytest.raises(KitError, match="would overwrite"):
        refuse_data_as_output(toy, toy_folder, link)


def test_new_names_and_files_elsewhere_are_allowed(toy, toy_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("x")
    for path in (tmp_path / "old.csv", toy_folder / "new.csv", None):
        refuse_data_as_output(toy, toy_folder, path, path and path.with_suffix(""))


def test_a_submission_in_the_data_folder_may_be_written_again(toy, toy_folder: Path) -> None:
    (toy_folder / "submission.csv").write_text("id,label\n")
    refuse_data_as_output(toy, toy_folder, toy_folder / "submission.csv")


def test_masks_are_not_written_among_the_data(toy, toy_folder: Path) -> None:
    (toy_folder / "images").mkdir()
    refuse_data_as_output(toy, toy_folder, None, toy_folder / "images")
    (toy_folder / "images" / "1.png").write_bytes(b"")
    with pytest.raises(KitError, match="the masks would be written among"):
        refuse_data_as_output(toy, toy_folder, None, toy_folder / "images")


def test_a_run_in_the_current_folder_is_not_data(toy, toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = toy_folder / "submissions" / "bars" / "run"
    run.mkdir(parents=True)
    (run / "mine.csv").write_text("id,label\n")
    monkeypatch.setenv("KIT_SUBMISSIONS", str(toy_folder / "submissions"))
    refuse_data_as_output(toy, toy_folder, run / "mine.csv")


@pytest.mark.parametrize("name", ["", ".", "/", "folder", "file/below", "pipe", "/dev/null", "/dev/stdout"])
def test_where_no_file_can_be_written_is_refused_before_any_work(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(KitError, match="the output"):
        refuse_unwritable_output(Path(name))
    if name in ("file/below", "pipe"):
        with pytest.raises(KitError, match="the output"):
            refuse_unwritable_output(None, Path(name))
    refuse_unwritable_output(tmp_path / "file", tmp_path / "folder")
    refuse_unwritable_output(tmp_path / "new" / "file", tmp_path / "new" / "folder")


def test_a_folder_without_permission_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(KitError, match="cannot be written to"):
        refuse_unwritable_output(tmp_path / "new" / "file")
