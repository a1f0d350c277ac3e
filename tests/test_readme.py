"""The README is true: what is generated in it is what the program says, and the Chinese one is kept in step with it.

The two are compared section by section: level, commands, code, figures and links.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kit.cli import VERBS
from kit.discovery import discover

ROOT = Path(__file__).parent.parent
LANGUAGES = {"README.md": "English", "README.zh.md": "Chinese"}
GENERATED = re.compile(r"<!-- \[\[\[cog.*?\[\[\[end\]\]\] -->", re.DOTALL)
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)*(?![\w])", re.ASCII)
LINK = re.compile(r"\]\(([^)]+)\)")


def test_generated_parts_are_up_to_date() -> None:
    command = [sys.executable, "-m", "cogapp", "--check", "--diff", "README.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + "\nrun: python -m cogapp -r README.md"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented_and_has_an_example(verb: str, kit_cli: object) -> None:
    result = kit_cli(verb, "--help")  # type: ignore[operator]
    assert result.exit_code == 0
    assert f"kit {verb}" in result.output.partition("Example")[2]
    assert f"  {verb} " in (ROOT / "README.md").read_text("utf-8")


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
    """Whoever changes README.md changes the same section of README.zh.md."""
    (_, english), (_, chinese) = PAIRS[number]
    assert FENCED.findall(chinese) == FENCED.findall(english)
    assert code(chinese) == code(english)
    figures = [sorted(NUMBER.findall(FENCED.sub("", text))) for text in (english, chinese)]
    assert figures[1] == figures[0]
    assert {link for link in LINK.findall(english) if link != "README.zh.md"} <= set(LINK.findall(chinese))


def test_every_verb_and_every_task_is_explained() -> None:
    first = re.findall(r"^\| `([^`]+)` \|", (ROOT / "README.zh.md").read_text("utf-8"), re.MULTILINE)
    verbs = {name for name in first if name.startswith("kit ")}
    assert verbs == {f"kit {verb}" for verb in VERBS}, "README.zh.md has a table with a row for each verb"
    tasks = discover().tasks
    assert [name for name in first if name in tasks] == sorted(tasks)


def test_the_two_link_to_each_other() -> None:
    assert "(README.zh.md)" in (ROOT / "README.md").read_text("utf-8")
    assert "(README.md)" in (ROOT / "README.zh.md").read_text("utf-8")
