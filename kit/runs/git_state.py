"""The commit of the current folder, for the run card, read without running anything that the repository names."""

from __future__ import annotations

import os
import subprocess

from kit.runs.records import GitState

SECONDS = 10
# A repository's own configuration may name commands that `git status` runs; an unpacked archive may hold one.
SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


def git_state() -> GitState | None:
    """Return the commit and whether there are changes, or None outside a repository.

    ``dirty`` is None if the repository's own configuration defines filters: comparing files would run them.
    """
    try:
        commit = _git("rev-parse", "HEAD")
        dirty = None if _has_filters() else bool(_git("status", "--porcelain", "--ignore-submodules=all"))
        return GitState(commit=commit, dirty=dirty)
    except (OSError, subprocess.SubprocessError):
        return None


def _has_filters() -> bool:
    pattern = r"^filter\..*\.(clean|smudge|process)$"
    try:
        found = _git("config", "--includes", "--show-scope", "--get-regexp", pattern)
    except subprocess.CalledProcessError:
        return False  # there is none
    return any(line.startswith(("local", "worktree")) for line in found.splitlines())


def _git(*arguments: str) -> str:
    command = ["git", *SAFE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)  # noqa: S603  fixed words
    return done.stdout.strip()
