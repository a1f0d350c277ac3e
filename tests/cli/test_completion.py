"""Completion in a shell: verbs, tasks, models, runs and settings, and never a message in the user's line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from kit.cli import cli


def completed(monkeypatch: pytest.MonkeyPatch, line: str) -> list[str]:
    words = line.split(" ")
    monkeypatch.setenv("COMP_WORDS", line)
    items = BashComplete(cli, {}, "kit", "_KIT_COMPLETE").get_completions(words[1:-1], words[-1])
    return [item.value for item in items]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kit tr", ["train"]),
        ("kit train ba", ["bars"]),
        ("kit train bars --model ", ["small"]),
        ("kit train bars --set learning_r", ["learning_rate="]),
        ("kit predict lat", ["latest"]),
        ("kit predict 2026", ["20260131-120000-small"]),
        ("kit train nothing --model ", []),
        ("kit train bars --dev", ["--device"]),
    ],
)
def test_what_is_completed(line: str, expected: list[str], toy_plugins: Path, tmp_path: Path, monkeypatch) -> None:
    run = tmp_path / "submissions" / "bars" / "20260131-120000-small"
    run.mkdir(parents=True)
    (run / "card.json").write_text("{}")
    assert completed(monkeypatch, line) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str, kit_cli) -> None:
    assert f"_KIT_COMPLETE={shell}_complete" in kit_cli("completion", shell).stdout


@dataclass(frozen=True)
class Shell:
    """How an interactive shell is started without the user's files, and what switches completion on."""

    arguments: tuple[str, ...]
    start: str


SHELLS = {
    "bash": Shell(("--norc", "--noprofile", "-i"), 'eval "$(kit completion bash)"'),
    "zsh": Shell(("-f", "-i"), 'autoload -U compinit; compinit -u -D; eval "$(kit completion zsh)"'),
    "fish": Shell(("--no-config", "-i"), "kit completion fish | source"),
}


CONTROLLED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""  # the terminal becomes the one that controls the shell, which fish asks for


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("name", SHELLS)
def test_a_real_shell_completes_in_a_terminal(name: str, tmp_path: Path, toy_plugins: Path) -> None:
    """Type into an interactive shell in a pseudo-terminal, with the tabulator key."""
    import pty
    import select
    import time

    program = shutil.which(name)
    if program is None:
        pytest.skip(f"there is no {name}")
    script = tmp_path / "kit"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kit "$@"\n')
    script.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PS1": "$ ", "TERM": "dumb", "HOME": str(tmp_path)}
    primary, secondary = pty.openpty()
    shell = subprocess.Popen(
        [sys.executable, "-c", CONTROLLED, program, *SHELLS[name].arguments],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
        env=environment,
        start_new_session=True,
    )
    seen, deadline = "", time.monotonic() + 60
    try:
        os.write(primary, f'{SHELLS[name].start}; echo re""ady\n'.encode())
        typed = False
        while time.monotonic() < deadline and "kit train bars" not in seen:
            if select.select([primary], [], [], 0.2)[0]:
                seen = plain(seen + os.read(primary, 4096).decode(errors="replace"))
            if "ready" in seen and not typed:
                typed = True
                os.write(primary, b"kit train ba\t")
    finally:
        shell.kill()
        shell.wait()
        os.close(primary)
        os.close(secondary)
    assert "kit train bars" in seen, seen


def plain(text: str) -> str:
    """What a terminal has been sent, without its escape sequences."""
    return re.sub(r"\x1b(?:\[[0-9;?<>=]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[()].|[=>78])", "", text)
