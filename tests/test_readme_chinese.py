"""The Chinese README is kept in step with the English one: headings, commands, code, figures, links."""

from __future__ import annotations

import re

import pytest

from kit.cli import VERBS
from kit.discovery import discover
from tests.conftest import ROOT

LANGUAGES = {"README.md": "English", "README.zh.md": "Chinese"}
GENERATED = re.compile(r"<!-- \[\[\[cog.*?\[\[\[end\]\]\] -->", re.DOTALL)
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)*(?![\w])", re.ASCII)
LINK = re.compile(r"\]\(([^)]+)\)")


def sections(name: str) -> list[tuple[int, str]]:
    """The level and the text of each section; tables of tasks and verbs, which differ, are left out."""
    text = GENERATED.sub("", (ROOT / name).read_text("utf-8"))
    text = re.sub(r"^\| (?:命令|任务) \|.*?\n\n", "", text, flags=re.DOTALL | re.MULTILINE)
    found = re.split(r"^(#+) .*$", text, flags=re.MULTILINE)
    return [(len(level), part) for level, part in zip(found[1::2], found[2::2], strict=True)]


def code(text: str) -> set[str]:
    """What stands between backticks and is typed, beside ``KIT_`` variables; one line or broken over two."""
    spans = (re.sub(r"\s+", " ", span) for span in CODE.findall(FENCED.sub("", text)))
    return {span for span in spans if re.match(r"kit |KIT_|--|pip |\.\[|\{", span)}


def test_headings_have_the_same_number_and_levels() -> None:
    english, chinese = (sections(name) for name in LANGUAGES)
    assert [level for level, _ in chinese] == [level for level, _ in english]


PAIRS = list(zip(*(sections(name) for name in LANGUAGES), strict=False))


@pytest.mark.parametrize("number", range(len(PAIRS)))
def test_a_section_has_the_same_commands_and_figures(number: int) -> None:
    (_, english), (_, chinese) = PAIRS[number]
    assert FENCED.findall(chinese) == FENCED.findall(english)
    assert code(chinese) == code(english)
    figures = [sorted(NUMBER.findall(FENCED.sub("", text))) for text in (english, chinese)]
    assert figures[1] == figures[0]
    assert {link for link in LINK.findall(english) if link != "README.zh.md"} <= set(LINK.findall(chinese))


def test_every_verb_and_every_task_is_explained() -> None:
    first = re.findall(r"^\| `([^`]+)` \|", (ROOT / "README.zh.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(name for name in first if name.startswith("kit ")) == sorted(f"kit {verb}" for verb in VERBS)
    tasks = discover().tasks
    assert [name for name in first if name in tasks] == sorted(tasks)


def test_the_two_link_to_each_other() -> None:
    assert "(README.zh.md)" in (ROOT / "README.md").read_text("utf-8")
    assert "(README.md)" in (ROOT / "README.zh.md").read_text("utf-8")
