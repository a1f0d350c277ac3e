"""The served page: read-only, on this machine, escaped, live."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.errors import KitError
from kit.files import submissions_dir
from kit.ledger import record
from kit.ledger.contest_scores import ContestScore, record_contest_score
from kit.runs import Run
from kit.runs.activity import FILE, active
from kit.serve.curves import curve
from tests import toy_task
from tests.conftest import ROOT
from tests.ledger.scores import made
from tests.report.chromium import browser
from tests.report.example_run import HOSTILE, guesses, write_run

pytest.importorskip("starlette")
uvicorn = pytest.importorskip("uvicorn")
CHROMIUM = shutil.which("chromium")
NAME = "20260101-000000-small"


@pytest.fixture
def address() -> Iterator[str]:
    """The page of the toy task, served on a free port of this machine."""
    from kit.serve.app import make_app

    app = make_app({"bars": toy_task.kit_tasks()[0]})
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished run of the toy task with two recorded submissions, one by another author."""
    (tmp_path / "data").mkdir()
    toy_task.make_sample(tmp_path / "data", 80, 0)
    ids, task = [str(number) for number in range(1, 81)], toy_task.kit_tasks()[0]
    found = write_run(task, submissions_dir() / "bars" / NAME, tmp_path / "data", ids, guesses(80))
    found.write_config(task.config)
    (found.path / "report.html").write_text("<p>the report</p>")
    record(made(0.8, "a"), run=NAME, cv_mean=0.81, cv_spread=0.01, note=HOSTILE[0])
    return found


def get(url: str, **headers: str) -> tuple[int, str, Any]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def test_the_page_shows_boards_with_reports_and_curves(address: str, run: Run) -> None:
    status, html, headers = get(address)
    assert status == 200 and headers["X-Frame-Options"] == "DENY" and headers["Cache-Control"] == "no-store"
    assert f'href="/runs/bars/{NAME}/report.html"' in html and "<polyline points=" in html
    assert HOSTILE[0] not in html and "&lt;script&gt;" in html
    assert "<script" not in html and "refresh" not in html
    status, html, headers = get(f"{address}/runs/bars/{NAME}/report.html")
    assert html == "<p>the report</p>" and "sandbox" in headers["Content-Security-Policy"]


def test_boards_are_filtered_by_task_and_author_and_keep_their_ranks(
    address: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_AUTHOR", 'boris & <b>"')
    record(made(0.9, "b"))
    record(made(0.9, "c", task="other"))
    html = get(address)[1]
    assert "a.csv" not in html and html.count("<section") == 2 and "boris &amp; &lt;b&gt;" in html
    link = "/?author=boris+%26+%3Cb%3E%22"
    assert link in html
    mine = get(f"{address}/?author=anna")[1]
    assert NAME in mine and "b.csv" not in mine and '<td class="number">2</td>' in mine
    theirs = get(address + link)[1]
    assert "b.csv" in theirs and NAME not in theirs
    assert "/?author=anna&amp;task=bars" in get(f"{address}/?task=bars&author=boris")[1].replace(
        "task=bars&amp;author=anna", "author=anna&amp;task=bars"
    )
    assert get(f"{address}/?task=other")[1].count("<section") == 1


def test_runs_in_progress_are_shown_and_the_page_comes_again(address: str, run: Run) -> None:
    with active(run):
        html = get(address)[1]
        assert '<meta http-equiv="refresh" content="5">' in html and "Runs in progress" in html
        assert "held-out score" in html and "epoch" in html
        last = (run.path / "metrics.jsonl").read_text().splitlines()[-1]
        values = json.loads(last)
        more = json.dumps(values | {"epoch": values["epoch"] + 1, "train_loss": 0.123456})
        with (run.path / "metrics.jsonl").open("a") as file:
            file.write(more + "\n")
        assert "0.12346" in get(address)[1]
        (run.path / "metrics.jsonl").write_text("{")
        assert "In the first epoch" in get(address)[1]
    assert not (run.path / FILE).exists() and "Runs in progress" not in get(address)[1]


@pytest.mark.parametrize(
    "path",
    [
        "/runs/bars/../../leaderboard.db",
        "/runs/bars/%2e%2e/report.html",
        "/runs/%2e%2e%2fbars/x/report.html",
        "/runs/bars/x%00/report.html",
        "/runs/bars/nothing/report.html",
        "/runs/bars/..%5c..%5cx/report.html",
        "/leaderboard.db",
        f"/runs/bars/{NAME}/config.json",
    ],
)
def test_nothing_but_reports_is_read_from_the_disk(address: str, run: Run, path: str) -> None:
    (submissions_dir() / "report.html").write_text("outside")
    assert get(address + path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_page_can_only_be_read(address: str, method: str) -> None:
    request = urllib.request.Request(address, data=b"x", method=method)  # noqa: S310
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(request, timeout=10)  # noqa: S310


def test_a_name_that_points_to_this_machine_is_refused(address: str) -> None:
    assert get(address, Host="evil.example")[0] == 400
    assert get(address, Host="localhost:1234")[0] == 200


def test_private_scores_are_not_on_the_page(address: str, run: Run) -> None:
    record(made(0.7, "p", private=0.123456, score=0.345678))
    html = get(address + "/?reveal=1")[1]
    assert "0.12346" not in html and "0.34568" not in html


def test_a_ledger_that_cannot_be_read_is_a_message(address: str) -> None:
    submissions_dir().mkdir(parents=True)
    (submissions_dir() / "leaderboard.db").write_text("not a ledger" * 20)
    status, text, _ = get(address)
    assert status == 503 and "not a ledger" in text


def test_a_curve_is_drawn_between_its_ends() -> None:
    assert curve([1.0], "loss") is None and curve([None, float("nan"), 1.0], "loss") is None
    found = curve([2.0, 1.0, 1.0], "loss")
    assert found is not None and found.points == "2.0,2.0 60.0,26.0 118.0,26.0"
    level = curve([1.0, 1.0], "loss")
    assert level is not None and level.points == "2.0,14.0 118.0,14.0"


def test_a_port_that_is_taken_is_one_message(kit_cli: Any, toy_plugins: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = kit_cli("leaderboard", "--serve", "--port", taken.getsockname()[1])
    assert result.exit_code == 1 and "--port 0" in result.stderr
    assert kit_cli("leaderboard", "bars", "--serve").exit_code == 2
    assert kit_cli("leaderboard", "--port", 1).exit_code == 2


def test_the_command_prints_its_address_and_ends_with_ctrl_c(toy_plugins: Path) -> None:
    command = [sys.executable, "-m", "kit", "leaderboard", "--serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert get(address + "alive")[1] == "ok"
        process.terminate()
        process.wait(15)
        assert process.stderr is not None and "Traceback" not in process.stderr.read()


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_a_phone_and_a_wide_window(address: str, run: Run, tmp_path: Path, dark: bool) -> None:
    for number, (cv, public) in enumerate([(0.8, 0.79), (0.81, 0.8), (0.82, 0.83), (0.9, 0.9)]):
        score = ContestScore(
            task="bars", reference=f"{number}{HOSTILE[1]}", time="2026-01-01", cv_mean=cv, public_score=public
        )
        record_contest_score(score)
    record(made(0.7, "z", file="long" * 40 + ".csv"), note="n " * 60)
    assert CHROMIUM is not None
    with active(run), browser(CHROMIUM, tmp_path / "profile") as view:
        for width in (400, 1400):
            view.visit(address, width, dark=dark)
            assert view.noise() == []
            assert view.evaluate("document.scripts.length") == 0
            assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert view.evaluate("document.querySelectorAll('svg.curve').length") >= 3
            drawn = view.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
            assert drawn and view.evaluate("document.images.length") == 1
            assert HOSTILE[0] in view.evaluate("document.body.innerText")
        hostile = "<title>quiet</title><script>document.title = 'owned'</script><p>text</p>"
        (run.path / "report.html").write_text(hostile)
        view.visit(f"{address}/runs/bars/{NAME}/report.html")
        assert view.evaluate("document.title") == "quiet"
        view.visit(address, 1400, dark=dark)
        ground = view.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(15, 20, 27)" if dark else "rgb(246, 247, 249)")


def test_without_starlette_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from kit.serve.app import make_app

    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    with pytest.raises(KitError, match=r"Starlette"):
        make_app({})
