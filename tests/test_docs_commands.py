"""Every command of the kit that a page shows exists, with its options, and every extra that pip is asked for."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import click
import pytest

from kit.cli import cli
from tests.conftest import ROOT

PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "plugins").glob("*/README.md")),
    *(ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md")),
]
INLINE = re.compile(r"(?<!`)`(kit [^`]+)`(?!`)")
LINE = re.compile(r"^(?: {4}|\$ |[A-Z_]+=\S+ |\.venv/bin/)*(kit .*?)(?:\s+#.*|\s{3,}.*)?$", re.MULTILINE)
VERB = re.compile(r"[a-z][a-z-]*\Z")


def commands(page: Path) -> list[str]:
    """What a page shows of ``kit``: in a sentence, and as lines of blocks."""
    text = re.sub(r"<!-- \[\[\[cog.*?\]\]\] -->", "", page.read_text("utf-8"), flags=re.DOTALL)
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```|^((?: {4}\S[^\n]*\n)+)", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in LINE.findall("".join(block))]
    return [" ".join(command.split()) for command in INLINE.findall(text) + lines]


def fault(command: str) -> str | None:
    """Say what the kit would not know of a command; words in capitals and ``...`` stand for something."""
    try:
        words = shlex.split(command.split(" | ")[0].split(" || ")[0], comments=True)[1:]
    except ValueError:
        return "quotes that do not close"
    group: click.Command = cli
    known = options_of(cli)
    for word in words:
        if word.startswith("--"):
            name = word.partition("=")[0]
            if name not in known:
                return f"{name} is no option of {group.name}"
        elif group is cli and VERB.match(word) and words[words.index(word) - 1] != "--plugins":
            found = cli.get_command(click.Context(cli), word)
            if found is None:
                return f"there is no verb {word}"
            group = found
            known = known | options_of(found)
        elif isinstance(group, click.Group) and group is not cli and word in group.commands:
            group = group.commands[word]
            known = known | options_of(group)
    return None


def options_of(command: click.Command) -> set[str]:
    """The options of a command; those of a group are its verbs' too, since the first of them is understood."""
    below = command.commands.values() if isinstance(command, click.Group) and command is not cli else ()
    own = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return own.union({"--help"}, *map(options_of, below))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_commands_exist(page: Path) -> None:
    found = {command: fault(command) for command in commands(page)}
    assert {command: reason for command, reason in found.items() if reason} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_extras_exist(page: Path) -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    asked = re.findall(r"(?:contest-kit|'\.|-e '\.)\[([a-z0-9_,]+)\]", page.read_text("utf-8"))
    assert {extra for extras in asked for extra in extras.split(",")} <= set(settings["options.extras_require"])


def test_what_is_unknown_is_found() -> None:
    assert fault("kit run TASK --data DIR --folds 5") is None
    assert fault("kit --plugins contests run bars --sample") is None
    assert fault("kit leaderboard add RUN --public 0.9") is None
    assert fault("kit rum TASK") == "there is no verb rum"
    assert fault("kit run TASK --fold 5") == "--fold is no option of run"
    assert fault("kit leaderboard TASK --revael") == "--revael is no option of leaderboard"


def test_commands_are_found_on_the_pages() -> None:
    assert len(commands(ROOT / "docs" / "first_hour.md")) >= 15
    assert sum(len(commands(page)) for page in PAGES) > 200
