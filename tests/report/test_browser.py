from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import kit
from kit import boards
from kit.report import report
from kit.report.evidence import gather
from tests import toy_task
from tests.report.chromium import Browser, browser
from tests.report.example_run import HOSTILE, finished_run
from tests.report.test_report import hostile_run, hostile_task

PROGRAM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

IMAGES = "[...document.images].map(image => [image.complete && image.naturalWidth > 0, image.alt])"
CUT_OFF = """[...document.querySelectorAll("main *")].filter(element => !element.closest(".scroll")
    && element.getBoundingClientRect().right > innerWidth + 1).map(element => element.outerHTML.slice(0, 120))"""
PAGE_TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(str(PROGRAM), tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    task, run = finished_run(tmp_path_factory.mktemp("finished"))
    return report(task, run.path, gather(task, run)[0])


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    task = hostile_task(toy_task.kit_tasks()[0])
    run = hostile_run(task, folder / "runs" / "bars" / "hostile", folder)
    return report(task, run.path, gather(task, run)[0])


def test_the_page_loads_without_an_error_or_a_request(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    assert chromium.noise() == []
    images = chromium.evaluate(IMAGES)
    assert len(images) == 15 + 2 * 12 and all(loaded for loaded, _ in images)
    assert chromium.evaluate("getComputedStyle(document.querySelector('section')).borderTopLeftRadius") == "14px"


def test_the_watch_notices_scripts_requests_and_errors(chromium: Browser, tmp_path: Path) -> None:
    noisy = tmp_path / "noisy.html"
    noisy.write_text(
        "<title>a</title><script>console.log(1); alert(2); nothing()</script><img src='http://127.0.0.1:9/x.png'>"
    )
    chromium.open(noisy)
    seen = {event["method"] for event in chromium.noise()}
    assert seen >= {"Runtime.consoleAPICalled", "Page.javascriptDialogOpening", "Runtime.exceptionThrown"}
    assert "Network.requestWillBeSent" in seen


def test_no_markup_from_data_becomes_part_of_the_page(chromium: Browser, hostile_page: Path) -> None:
    chromium.open(hostile_page)
    assert chromium.noise() == []
    assert chromium.evaluate("document.title").startswith(HOSTILE[0])
    assert chromium.evaluate("document.scripts.length") == 0
    assert all(loaded for loaded, _ in chromium.evaluate(IMAGES))
    assert all(name in chromium.evaluate("document.body.innerText") for name in HOSTILE)


def test_the_policy_stops_a_script_that_got_in(chromium: Browser, page: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    evil = "<script>document.title = 'owned'</script><img src='http://127.0.0.1:9/x.png' onerror='document.title = 1'>"
    broken.write_text(page.read_text("utf-8").replace("<main>", "<main>" + evil))
    chromium.open(broken)
    assert chromium.evaluate("document.title").startswith("Vertical or horizontal bars?")
    failed = [event["params"] for event in chromium.events if event.get("method") == "Network.loadingFailed"]
    assert [failure["blockedReason"] for failure in failed] == ["csp"]
    assert any("script" in str(event) and "Content Security Policy" in str(event) for event in chromium.noise())


@pytest.fixture(scope="module")
def board_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    evil = HOSTILE[0]
    references = (kit.Reference("the paper " * 6, 0.99, "its own rows", "https://example.org/" + "long" * 30),)
    task = dataclasses.replace(
        toy_task.kit_tasks()[0], title=evil, references=(*references, kit.Reference(evil, 0.5, evil, evil))
    )
    path = tmp_path_factory.mktemp("board") / "board.html"
    path.write_text(boards.page(boards.boards({"bars": task}, "bars", path=path.parent / "ledger.db")))
    return path


def test_the_leaderboard_makes_no_request_and_escapes_its_data(chromium: Browser, board_page: Path) -> None:
    chromium.open(board_page)
    assert chromium.noise() == []
    assert chromium.evaluate("document.scripts.length") == 0
    assert HOSTILE[0] in chromium.evaluate("document.body.innerText")
    assert chromium.evaluate("getComputedStyle(document.querySelector('section')).borderTopLeftRadius") == "14px"


@pytest.mark.parametrize("width", [320, 400, 768, 1440])
def test_nothing_is_cut_off_at_any_width(
    chromium: Browser, page: Path, hostile_page: Path, board_page: Path, width: int
) -> None:
    for path in (page, hostile_page, board_page):
        chromium.open(path, width)
        assert not chromium.evaluate(PAGE_TOO_WIDE)
        assert chromium.evaluate(CUT_OFF) == []


def test_a_dark_theme_has_a_dark_page_and_dark_plots(chromium: Browser, page: Path) -> None:
    looks = []
    for dark in (False, True):
        chromium.open(page, dark=dark)
        paper = chromium.evaluate("getComputedStyle(document.body).backgroundColor")
        plot = chromium.evaluate("document.querySelector('picture img').currentSrc")
        looks.append((paper, plot))
    assert looks[0][0] == "rgb(246, 247, 249)" and looks[1][0] == "rgb(15, 20, 27)"
    assert looks[0][1] != looks[1][1]


def test_text_has_enough_contrast_in_both_themes(chromium: Browser, page: Path) -> None:
    # WCAG 2.1, 1.4.3: a contrast of at least 4.5 for body text.
    script = """(() => {
      const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
        .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2] };
      const ground = e => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor;
        if (!b.endsWith(", 0)") && b.startsWith("rgb(")) return b } return "rgb(255, 255, 255)" };
      return [...document.querySelectorAll("p, h1, h2, h3, dt, dd, small, a, figcaption, thead th, tbody th, .badge")]
        .filter(e => e.innerText.trim() && !e.closest(".matrix"))
        .map(e => { const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
          return [(a + 0.05) / (b + 0.05), e.innerText.slice(0, 40)] }).filter(([ratio]) => ratio < 4.5) })()"""
    for dark in (False, True):
        chromium.open(page, dark=dark)
        assert chromium.evaluate(script) == []


def test_a_printed_page_is_white_and_not_too_wide(chromium: Browser, page: Path) -> None:
    chromium.open(page, 720, media="print")
    assert chromium.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert not chromium.evaluate(PAGE_TOO_WIDE)
