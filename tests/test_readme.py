"""The README is true: what is generated in it is what the program says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kit.cli import VERBS

ROOT = Path(__file__).parent.parent


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
