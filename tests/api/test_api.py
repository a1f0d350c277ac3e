"""The kit in Python: the verbs as functions, with results that a notebook shows."""

from __future__ import annotations

from pathlib import Path

import pytest

import kit


def test_a_run_has_its_scores_submission_and_report(toy_folder: Path, toy_plugins: Path, capsys) -> None:
    run = kit.run("bars", toy_folder, epochs=2, folds=2, workers=0)
    assert run.score is not None and run.submission is not None and run.report is not None and run.report.exists()
    assert run.summary is not None and len(run.summary.folds) == 2
    assert list(run.to_pandas()["epoch"]) == [1, 2, 1, 2]
    html = run._repr_html_()
    assert "accuracy, held out" in html and html.count("<img") == 2
    assert f"run: {run.name}" in repr(run)
    board = kit.leaderboard("bars")
    assert kit.leaderboard("bars", reveal=True).boards[0].reveals == 1  # the functions are counted as the command is
    assert run.name in board._repr_html_() and board.to_pandas()["run"].tolist() == [run.name]
    assert capsys.readouterr().out == "", "standard output is the user's"


def test_train_resume_and_predict_by_object_or_name(toy_folder: Path, toy_plugins: Path, tmp_path: Path) -> None:
    trained = kit.train("bars", toy_folder, epochs=1, workers=0)
    assert trained.submission is None and trained.score is None
    assert kit.train("bars", toy_folder, resume=trained).name == trained.name
    with pytest.raises(kit.KitError, match="keeps its settings"):
        kit.train("bars", toy_folder, resume=trained, epochs=2)
    target = tmp_path / "mine.csv"
    predicted = kit.predict(trained.name, output=target)
    assert predicted.submission == target and kit.check("bars", target, toy_folder)
    assert kit.score("bars", target, toy_folder).score == predicted.score


def test_a_sample_is_that_of_the_command(toy_plugins: Path, tmp_path: Path, kit_cli) -> None:
    folder = kit.sample("bars", tmp_path / "here", size=12)
    assert kit_cli("sample", "bars", tmp_path / "there", "--size", 12).exit_code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["answers.csv", "labels.csv", "test.npy", "train.npy"]
    assert all((folder / name).read_bytes() == (tmp_path / "there" / name).read_bytes() for name in names)


def test_what_is_wrong_is_data_and_never_true(toy_folder: Path, toy_plugins: Path) -> None:
    file = toy_folder / "submission.csv"
    file.write_text("id,label\n1,<b>7</b>\n")
    found = kit.check("bars", file)
    assert not found and not found.ok and len(found.to_pandas()) == 1
    assert "&lt;b&gt;7" in found._repr_html_() and "<b>7" not in found._repr_html_()
    assert kit.audit("bars", toy_folder).ok
    (toy_folder / "labels.csv").write_text("id,label\n" + "".join(f"{i},0\n" for i in range(1, 81)))
    unfit = kit.audit("bars", toy_folder)
    assert not unfit.ok and "error" in set(unfit.to_pandas()["level"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epoch": 3}, "no setting 'epoch'"),
        ({"epochs": "3"}, "expected: a whole number"),
        ({"epochs": True}, "expected: a whole number"),
        ({"model": "large"}, "no model 'large'"),
    ],
)
def test_a_wrong_setting_is_refused_as_on_the_command_line(settings, message, toy_folder, toy_plugins) -> None:
    with pytest.raises(kit.KitError, match=message):
        kit.train("bars", toy_folder, **settings)


def test_tasks_are_a_mapping_and_a_table(toy_plugins: Path) -> None:
    found = kit.tasks()
    assert found["bars"].title == "Vertical or horizontal bars?" and "bars" in repr(found)
    assert "<td" in found._repr_html_() and set(found.to_pandas()["task"]) == set(found)
    with pytest.raises(kit.KitError, match="no task 'bar'"):
        kit.load("bar")
    assert {*kit.FUNCTIONS} <= set(dir(kit.api))
