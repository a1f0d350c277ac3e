"""Scores of the contest itself: added by hand, sent to and fetched from a stand-in for Kaggle, compared with CV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.boards import boards
from kit.files import sha256, submissions_dir
from kit.ledger import entries, find_kept, ledger_location, record
from kit.ledger.contest_scores import ContestScore, contest_scores, record_contest_score
from kit.runs import Run
from tests import toy_task
from tests.boards.kaggle_server import StandIn, kaggle_server
from tests.ledger.scores import made
from tests.report.example_run import guesses, write_run

Cli = Callable[..., Any]
NAME = "20260101-000000-small"


@pytest.fixture
def run(toy_plugins: Path, tmp_path: Path) -> Run:
    """A finished run of the toy task, which is on Kaggle as ``bars-contest``."""
    text = (toy_plugins / "toy.py").read_text()
    (toy_plugins / "toy.py").write_text(text.replace("config=kit.", 'kaggle="bars-contest", config=kit.'))
    (tmp_path / "data").mkdir()
    toy_task.make_sample(tmp_path / "data", 80, 0)
    ids, task = [str(number) for number in range(1, 81)], toy_task.kit_tasks()[0]
    found = write_run(task, submissions_dir() / "bars" / NAME, tmp_path / "data", ids, guesses(80))
    (found.path / "submission.csv").write_text((tmp_path / "data" / "answers.csv").read_text())
    return found


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The stand-in, with the client's address changed to it."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", "/nonexistent")
    environment = pytest.importorskip("kagglesdk.kaggle_env")
    with kaggle_server() as state:
        monkeypatch.setitem(environment._env_to_endpoint, environment.KaggleEnv.PROD, state.address)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        yield state


def test_a_score_is_added_to_a_run_and_replaced(kit_cli: Cli, run: Run) -> None:
    assert kit_cli("leaderboard", "add", "latest", "--public", "0.97", "--date", "2026-01-31").exit_code == 0
    result = kit_cli("leaderboard", "add", NAME, "--public", "0.98", "--private", "0.979", "--note", "<b>final</b>")
    assert result.exit_code == 0 and "public 0.98000" in result.stderr
    (score,) = contest_scores("bars")
    assert (score.public_score, score.private_score, score.note, score.run) == (0.98, 0.979, "<b>final</b>", NAME)
    assert score.cv_mean == run.summary.mean and score.author == "anna"
    assert find_kept(str(score.file_sha256), ledger_location()).read_text().startswith("id,label")
    shown = kit_cli("leaderboard", "bars").stdout
    assert "scores of the contest itself" in shown and "0.98000" in shown and "<b>final</b>" in shown
    html = submissions_dir() / "board.html"
    kit_cli("leaderboard", "--html", html)
    assert "&lt;b&gt;final" in html.read_text() and "<b>final" not in html.read_text()


def test_a_file_is_known_by_its_hash_or_needs_a_task(kit_cli: Cli, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("id,label\n1,0\n")
    refused = kit_cli("leaderboard", "add", file, "--public", "0.9")
    assert refused.exit_code == 1 and "--task TASK" in refused.stderr
    assert kit_cli("leaderboard", "add", file, "--public", "0.9", "--task", "bars").exit_code == 0
    record(made(0.7, file_sha256=sha256(run.path / "submission.csv")), run=NAME, cv_mean=0.91)
    copy = tmp_path / "copy.csv"
    copy.write_bytes((run.path / "submission.csv").read_bytes())
    assert kit_cli("leaderboard", "add", copy, "--public", "0.95").exit_code == 0
    first, second = sorted(contest_scores("bars"), key=lambda score: score.public_score or 0)
    assert (first.file, first.run, first.cv_mean) == ("other.csv", None, None)
    assert (second.file, second.run, second.cv_mean) == ("copy.csv", NAME, 0.91)


@pytest.mark.parametrize("score", ["nan", "inf", "-inf"])
def test_a_score_that_is_no_number_is_refused(kit_cli: Cli, run: Run, score: str) -> None:
    result = kit_cli("leaderboard", "add", NAME, f"--public={score}")
    assert result.exit_code == 1 and "finite number" in result.stderr
    assert contest_scores() == []


@pytest.mark.parametrize("date", ["yesterday", "31.1.2026", "2026-01-31 12:00"])
def test_a_wrong_date_is_refused(kit_cli: Cli, run: Run, date: str) -> None:
    result = kit_cli("leaderboard", "add", NAME, "--public", "0.9", "--date", date)
    assert result.exit_code == 1 and "no date" in result.stderr
    assert contest_scores() == []


def test_a_submission_is_checked_sent_waited_for_and_written_down(kit_cli: Cli, run: Run, kaggle: StandIn) -> None:
    result = kit_cli("submit", "latest", "-m", "more blur")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "public score 0.98257\n"
    assert "5 submissions left today" in result.stderr and "submitted as 1000; 4 submissions left" in result.stderr
    digest = sha256(run.path / "submission.csv")
    assert kaggle.uploads == {"/upload": (run.path / "submission.csv").read_bytes()}
    assert kaggle.submissions[0]["description"] == f"more blur [kit {digest[:12]}]"
    (score,) = contest_scores("bars")
    assert (score.reference, score.public_score, score.note, score.run) == ("1000", 0.98257, "more blur", NAME)
    assert (score.file_sha256, score.cv_mean) == (digest, run.summary.mean)
    again = kit_cli("submit", NAME, "-m", "again")
    assert again.exit_code == 1 and "--again" in again.stderr and kaggle.left == 4
    assert kit_cli("submit", NAME, "-m", "again", "--again").exit_code == 0
    kit_cli("leaderboard", "add", NAME, "--public", "0.5")  # joins the row that is there
    assert len(contest_scores("bars")) == 2


def test_a_faulty_submission_is_not_sent(kit_cli: Cli, run: Run, kaggle: StandIn) -> None:
    (run.path / "submission.csv").write_text("id,label\n1,7\n")
    result = kit_cli("submit", NAME, "-m", "x")
    assert result.exit_code == 1 and "breaks the submission format" in result.stderr
    assert kaggle.asked == []


def test_without_quota_nothing_is_sent(kit_cli: Cli, run: Run, kaggle: StandIn) -> None:
    kaggle.left = 0
    result = kit_cli("submit", NAME, "-m", "x")
    assert result.exit_code == 1 and "quota" in result.stderr
    assert kaggle.asked == ["GetSubmissionLimits"] and contest_scores() == []


def test_a_submission_that_is_not_scored_in_time_is_fetched_later(kit_cli: Cli, run: Run, kaggle: StandIn) -> None:
    kaggle.polls_until_scored = 1000
    result = kit_cli("submit", NAME, "-m", "slow", "--wait", 20)
    assert result.exit_code == 0 and "kit leaderboard fetch bars" in result.stderr
    assert contest_scores("bars")[0].public_score is None
    kaggle.submissions[0] |= {"publicScore": "0.9", "privateScore": "0.89", "status": "COMPLETE"}
    kaggle.add(77, "from the web page", publicScore="0.8", status="COMPLETE")
    kaggle.add(78, "broken", status="ERROR")
    result = kit_cli("leaderboard", "fetch", "bars")
    assert result.exit_code == 0 and "3 submissions on Kaggle, 3 of them new" in result.stderr
    found = {score.reference: score for score in contest_scores("bars")}
    assert (found["1000"].public_score, found["1000"].private_score, found["1000"].run) == (0.9, 0.89, NAME)
    assert (found["77"].public_score, found["77"].note) == (0.8, "from the web page")
    assert found["78"].public_score is None
    assert "0 of them new" in kit_cli("leaderboard", "fetch", "bars").stderr
    assert len(contest_scores("bars")) == 3


def test_a_submission_that_kaggle_cannot_score_is_an_error(kit_cli: Cli, run: Run, kaggle: StandIn) -> None:
    kaggle.score = {"status": "ERROR", "errorDescription": "Evaluation failed"}
    result = kit_cli("submit", NAME, "-m", "x")
    assert result.exit_code == 1 and "Evaluation failed" in result.stderr


def test_a_fetched_submission_finds_the_run_of_its_file(kit_cli: Cli, run: Run, kaggle: StandIn) -> None:
    digest = sha256(run.path / "submission.csv")
    record(made(0.7, file_sha256=digest), run=NAME, cv_mean=0.91)
    kaggle.add(5, f"sent elsewhere [kit {digest[:12]}]", publicScore="0.9", status="COMPLETE")
    assert kit_cli("leaderboard", "fetch", "bars").exit_code == 0
    (score,) = contest_scores("bars")
    assert (score.file_sha256, score.run, score.cv_mean, score.note) == (digest, NAME, 0.91, "sent elsewhere")


def test_more_than_a_page_of_submissions_is_fetched(kit_cli: Cli, run: Run, kaggle: StandIn, monkeypatch: Any) -> None:
    monkeypatch.setattr("kit.boards.kaggle_client.PAGE", 2)
    for number in range(5):
        kaggle.add(number + 1, "x", publicScore="0.9", status="COMPLETE")
    kit_cli("leaderboard", "fetch", "bars")
    assert len(contest_scores("bars")) == 5


@pytest.mark.parametrize(
    ("status", "message"), [(401, "does not know this account"), (403, "rules must be accepted"), (404, "no contest")]
)
def test_what_kaggle_refuses_is_one_message(
    kit_cli: Cli, run: Run, kaggle: StandIn, status: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kit.boards import kaggle_client

    connected = kaggle_client.Kaggle()
    monkeypatch.setattr(kaggle_client, "Kaggle", lambda: connected)
    kaggle.status = status
    result = kit_cli("leaderboard", "fetch", "bars")
    assert result.exit_code == 1 and message in result.stderr and result.stdout == ""


def test_without_an_account_the_error_says_how_to_get_one(
    kit_cli: Cli, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("kaggle")
    monkeypatch.delenv("KAGGLE_API_TOKEN", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "none"))
    result = kit_cli("leaderboard", "fetch", "bars")
    assert result.exit_code == 1 and "kaggle auth login" in result.stderr and result.stdout == ""


def test_a_task_that_is_not_on_kaggle_says_so(kit_cli: Cli, toy_plugins: Path) -> None:
    result = kit_cli("leaderboard", "fetch", "bars")
    assert result.exit_code == 1 and "names no contest on Kaggle" in result.stderr


def scores(*pairs: tuple[float, float]) -> None:
    """Contest scores by CV and public score."""
    for number, (cv, public) in enumerate(pairs):
        score = ContestScore(task="bars", reference=str(number), time=f"2026-01-{number + 1:02d}", cv_mean=cv)
        record_contest_score(ContestScore(**{**vars(score), "public_score": public}))


@pytest.mark.usefixtures("toy_plugins")
def test_the_board_compares_cv_with_the_contest(kit_cli: Cli) -> None:
    scores((0.90, 0.91), (0.92, 0.92), (0.9205, 0.9195), (0.94, 0.94), (0.95, 0.96))
    shown = kit_cli("leaderboard", "bars").stdout
    assert "did not show on the board: 0 of 1 such pairs" in shown and "up to 0.0005" in shown
    assert "rank correlation of CV and board: 0.90 (5 submissions)" in shown
    assert "5 attempts: the best of so many equal submissions looks" in shown
    found = json.loads(kit_cli("leaderboard", "bars", "--json").stdout)
    (contest,) = found["contests"]
    assert found["boards"] and len(contest["scores"]) == 5 and contest["agreement"]["points"] == 5
    assert set(contest) >= {"task", "metric", "higher_is_better", "scores", "agreement", "optimism", "sentences"}


@pytest.mark.usefixtures("toy_plugins")
def test_a_downloaded_board_gives_rank_and_medal(kit_cli: Cli, tmp_path: Path) -> None:
    board = tmp_path / "publicleaderboard.csv"
    rows = [f"{team},team {team},2026-01-01 00:00:00,{1 - team / 2000}\n" for team in range(1200)]
    board.write_text("TeamId,TeamName,SubmissionDate,Score\n" + "".join(rows) + "0,team 0,2026-01-02,0.1\n")
    missing = kit_cli("leaderboard", "bars", "--board", board)
    assert missing.exit_code == 1 and "kit leaderboard add" in missing.stderr
    scores((0.9, 0.995))
    result = kit_cli("leaderboard", "bars", "--board", board)
    assert (
        result.stdout.strip()
        == "0: 0.99500, rank 11 of 1,200 (better than 99.1%): a gold medal, if the contest awards medals"
    )


def test_the_player_s_board_shows_authors_of_a_team(kit_cli: Cli, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kit.boards.table import board_text

    record(made(0.7, "a"))
    (board,) = boards({"bars": toy})
    assert "Author" not in board_text(board)
    monkeypatch.setenv("KIT_AUTHOR", "boris\x1b[2J")
    record(made(0.8, "b"))
    (board,) = boards({"bars": toy})
    assert "Author" in board_text(board) and "anna" in board_text(board) and "\x1b" not in board_text(board)
    assert len(entries()) == 2
