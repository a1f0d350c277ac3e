"""The errors that a user sees: one message with what was expected, what was found, where, and what to type next."""

from __future__ import annotations

import traceback
from pathlib import Path


class KitError(Exception):
    """An error that its message explains; the command line prints it without a traceback and exits with code 1.

    ``expected``, ``found``, ``where`` and ``remedy`` are optional and printed on lines of their own.
    """

    def __init__(
        self,
        message: str,
        *,
        expected: object = None,
        found: object = None,
        where: object = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message
        self.parts = {"expected": expected, "found": found, "where": where, "to do": remedy}
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message]
        lines += [f"  {name}: {value}" for name, value in self.parts.items() if value is not None]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross from reader processes to the main one; the keyword-only parts travel as state.
        return (_rebuild, (type(self), self.message, self.parts))


def _rebuild(kind: type[KitError], message: str, parts: dict[str, object]) -> KitError:
    error = kind(message)
    error.parts = parts
    return error


class PluginError(KitError):
    """A plugin breaks the contract: the message names the plugin and the field or hook."""


class DataError(KitError):
    """A contest file is missing, unreadable or not what the reader expects."""


class SampleError(DataError):
    """One sample cannot be read; ``--skip-bad N`` passes over up to N of these."""


class SubmissionError(KitError):
    """A submission breaks its declared format."""


def with_location(error: BaseException) -> str:
    """Describe an unexpected exception of a plugin in one line: type, message, and the file and line that raised it.

    The line is the innermost one outside the kit and Python's import machinery, so that a plugin's author finds it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    kit = str(Path(__file__).parent)
    outside = [f for f in frames if not f.filename.startswith((kit, "<frozen")) and "importlib" not in f.filename]
    location = f" ({outside[-1].filename}:{outside[-1].lineno})" if outside else ""
    return f"{type(error).__name__}: {error}{location}"
