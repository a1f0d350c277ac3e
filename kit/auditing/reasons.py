"""An error as one line of a finding."""

from __future__ import annotations

import os
from pathlib import Path

from kit.errors import KitError, SampleError

SHOWN_PARTS = 2  # of a path: the file and its folder


def reason_of(error: KitError) -> str:
    """What is wrong, what was expected and found, and in which file; the remedy is left out."""
    message = _one_line(error.message)
    details = [
        f"{name} {_one_line(error.parts[name])}" for name in ("expected", "found") if error.parts[name] is not None
    ]
    where = "" if error.parts["where"] is None else f"; {_short(error.parts['where'])}"
    return message + (": " if details else "") + ", ".join(details) + where


def reason_of_sample(id: str, error: SampleError) -> str:
    """Why a sample cannot be read, without what the finding says already: that it cannot be read, and its id."""
    cause = error.__cause__
    if isinstance(cause, KitError):
        return reason_of(cause)
    if cause is not None and error.parts["found"] is not None:  # another exception: its type and text were found
        where = "" if error.parts["where"] is None else f"; {_short(error.parts['where'])}"
        return f"{_one_line(error.parts['found'])}{where}"
    return reason_of(error).removeprefix(f"sample {id!r}: ").removeprefix(f"{id}: ")


def remedy_of_sample(error: SampleError) -> str:
    """What the error says that a user can do, or nothing."""
    source = error.__cause__ if isinstance(error.__cause__, KitError) else error
    return str(source.parts["to do"] or "")


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def _short(where: object) -> str:
    """A path as its file and folder; the samples of a finding have the rest in common."""
    if not isinstance(where, str | os.PathLike) or os.sep not in str(where):
        return str(where)
    return str(Path(*Path(where).parts[-SHOWN_PARTS:]))
