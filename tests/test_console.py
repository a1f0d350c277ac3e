"""Messages and results: on the right stream, without control characters, in any encoding."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import console

EVIL = "scan\x1b[2J\x07\x9b31m\r\u202egpj.mhd\udcff"
ESCAPED = r"scan\x1b[2J\x07\x9b31m\r\u202egpj.mhd\udcff"


class Stream(io.TextIOWrapper):
    """A stream of an encoding, as a pipe is."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")

    def content(self) -> bytes:
        self.flush()
        return self.buffer.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("function", [console.info, console.warn, console.output])
def test_control_characters_are_printed_as_escapes(function, capsys):
    function(EVIL)
    captured = capsys.readouterr()
    assert (captured.out + captured.err).removeprefix("warning: ") == ESCAPED + "\n"


def test_messages_go_to_standard_error_and_results_to_standard_output(capsys):
    console.info("reading")
    console.warn("a rare class")
    console.output("0.5")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("0.5\n", "reading\nwarning: a rare class\n")


def test_ordinary_text_of_any_language_is_left_as_it_is():
    for text in ("手写数字\t(下)\n", "naïve é", "👩\u200d🔬", "ab\u00a0c\u3000d"):
        assert console.printable(text) == text


def test_a_line_stays_one_line():
    assert console.printable("a\n\tb", one_line=True) == r"a\n\tb"


def test_json_is_ascii_and_without_control_characters(capsys):
    console.output_json({"file": EVIL + "植"})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"file": EVIL + "植"}
    assert printed.isascii() and printed.translate({ord("\n"): None}).isprintable()


def test_a_pipe_that_lacks_a_character_gets_a_substitute(monkeypatch):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Stream("cp1252"))
    console.output("植物 0.5–0.6")
    console.info("植物.png")
    console.output_json({"title": "植物"})
    assert sys.stdout.content() == b'?? 0.5..0.6\n{\n  "title": "\\u690d\\u7269"\n}\n'
    assert sys.stderr.content() == b"\\u690d\\u7269.png\n"


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are not UTF-8")
def test_a_path_that_is_not_utf8_reaches_a_pipe_as_its_bytes(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Stream("utf-8"))
    console.output_path(Path(os.fsdecode(b"runs/caf\xe9")))
    console.output_path(Path("runs/caf\u00e9\x1b"))
    assert sys.stdout.content() == b"runs/caf\xe9\n" + r"runs/café\x1b".encode() + b"\n"


def test_nothing_else_in_the_kit_prints():
    source = Path(console.__file__).parent
    for path in source.rglob("*.py"):
        text = path.read_text("utf-8")
        if path.name not in ("console.py", "device.py"):
            assert "click.echo(" not in text and " print(" not in text, path


def test_an_error_reaches_the_terminal_without_control_characters(tmp_path):
    command = [sys.executable, "-m", "kit", "check", "digit_recognizer", tmp_path / "a\x1b[31m.csv"]
    (tmp_path / "a\x1b[31m.csv").write_text("ImageId,Label\n1,\x1b]0;pwned\x07\n")
    for more in ([], ["--json"]):
        done = subprocess.run([*command, *more], capture_output=True, timeout=60, check=False)
        assert done.returncode == 1
        assert b"\x1b" not in done.stdout + done.stderr and b"\x07" not in done.stdout + done.stderr
