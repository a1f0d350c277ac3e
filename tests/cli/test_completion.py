"""Completion in a shell: verbs, tasks, models, runs and settings, and never a message in the user's line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from kit.cli import cli

BASH = shutil.which("bash")


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


@pytest.mark.skipif(BASH is None or sys.platform == "win32", reason="there is no bash")
def test_a_real_bash_completes_in_a_terminal(tmp_path: Path, toy_plugins: Path) -> None:
    """Type into an interactive bash in a pseudo-terminal, with the tabulator key."""
    import pty
    import select
    import time

    script = tmp_path / "kit"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kit "$@"\n')
    script.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PS1": "$ ", "TERM": "dumb"}
    primary, secondary = pty.openpty()
    bash = subprocess.Popen(
        [str(BASH), "--norc", "--noprofile", "-i"],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
        env=environment,
        start_new_session=True,
    )
    seen, deadline = "", time.monotonic() + 60
    try:
        os.write(primary, b'eval "$(kit completion bash)"; echo re""ady\n')
        typed = False
        while time.monotonic() < deadline and "kit train bars" not in seen:
            if select.select([primary], [], [], 0.2)[0]:
                seen += os.read(primary, 4096).decode(errors="replace")
            if "ready" in seen and not typed:
                typed = True
                os.write(primary, b"kit train ba\t")
    finally:
        bash.kill()
        bash.wait()
        os.close(primary)
        os.close(secondary)
    assert "kit train bars" in seen, seen
