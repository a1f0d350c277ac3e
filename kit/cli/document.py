"""The one JSON document of ``--json``: the schema's version, the verb, and the verb's keys or an error.

``docs/json.md`` lists the keys. The document is all that a command writes on standard output: whatever else would get
there (a library's messages, a plugin's ``print``) goes to standard error, and the document is written at the end.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import click

from kit.cli.default_verb import DefaultVerb
from kit.console import output_json
from kit.errors import KitError, with_location
from kit.files.json_files import json_safe
from kit.interruption import Interrupted

SCHEMA = 1
"""The version: it grows when a key is renamed or removed, or changes its meaning; keys may be added without."""

META = "kit.document"


class Document:
    """The document of the command that runs; ``wanted`` says whether ``--json`` was typed, ``typed`` holds all words.

    As a context manager it writes what the verb has given when the block ends.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        options = arguments[: arguments.index("--")] if "--" in arguments else arguments
        self.typed = tuple(arguments)
        self.wanted = "--json" in options  # for errors before the options have been read
        self.verb = ""
        self._fields: Mapping[str, Any] | None = None
        self._diversion = contextlib.ExitStack()

    def begin(self, verb: str, *, wanted: bool) -> None:
        """The options have been read; from here on, only the document is written on standard output."""
        self.verb, self.wanted = verb, wanted
        if wanted:
            self._diversion.enter_context(_diverted())

    def fill(self, fields: Mapping[str, Any]) -> None:
        """Give the verb's keys, once."""
        if self._fields is not None:
            raise RuntimeError(f"kit {self.verb} has given its result before")
        self._fields = fields

    def fail(self, error: BaseException) -> None:
        """Write the document of an error, in place of the verb's keys; a full disk may be that error."""
        self.verb = self.verb or typed_verb(getattr(error, "ctx", None))
        if self.wanted:
            with contextlib.suppress(OSError):
                self._write(error_fields(error))

    def __enter__(self) -> Document:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.wanted or (value is not None and not isinstance(value, click.exceptions.Exit)):
            return
        if self._fields is None and value is None:
            raise RuntimeError(f"kit {self.verb} has given no result: see kit.cli.result")
        if self._fields is not None:  # otherwise --help or --version has printed its text
            self._write(self._fields)

    def _write(self, fields: Mapping[str, Any]) -> None:
        self._diversion.close()
        output_json(json_safe({"schema": SCHEMA, "verb": self.verb, **fields}))


def current_document() -> Document:
    """The document of the command that runs."""
    found: Document = click.get_current_context().meta.setdefault(META, Document(()))
    return found


def typed_verb(ctx: click.Context | None) -> str:
    """The verb as it is typed: ``check``, ``leaderboard`` or ``leaderboard add``; empty for ``kit`` itself."""
    words: list[str] = []
    while ctx is not None and ctx.parent is not None:
        is_default = ctx.info_name == "show" and isinstance(ctx.parent.command, DefaultVerb)
        words += [] if is_default else [str(ctx.info_name)]
        ctx = ctx.parent
    return " ".join(reversed(words))


def error_fields(error: BaseException) -> dict[str, Any]:
    """What was wrong as JSON values, with the command's exit code."""
    fields: dict[str, Any] = dict.fromkeys(("kind", "message", "expected", "found", "where", "remedy"))
    code = 1
    if isinstance(error, KitError):
        parts = {("remedy" if name == "to do" else name): part for name, part in error.parts.items()}
        fields |= {"kind": "input", "message": error.message}
        fields |= {name: None if part is None else str(part) for name, part in parts.items()}
    elif isinstance(error, click.ClickException):
        fields |= {"kind": "usage", "message": error.format_message()}
        code, context = error.exit_code, getattr(error, "ctx", None)
        if context is not None:
            pieces = " ".join(context.command.collect_usage_pieces(context))
            fields |= {"expected": f"{context.command_path} {pieces}", "remedy": f"{context.command_path} --help"}
    elif isinstance(error, Interrupted):
        fields |= {"kind": "interrupted", "message": error.message}
        code = error.exit_code
    else:
        fields |= {"kind": "bug", "message": with_location(error)}
    return {"error": fields, "exit_code": code}


@contextlib.contextmanager
def _diverted() -> Iterator[None]:
    """Send to standard error what is written on standard output, by Python, by C and by child processes."""
    stdout = sys.stdout
    stdout.flush()
    with contextlib.redirect_stdout(sys.stderr):
        try:
            number, errors = stdout.fileno(), sys.stderr.fileno()
        except (OSError, ValueError, AttributeError):  # a stream in memory, which is Python's alone
            yield
            return
        kept = os.dup(number)
        os.dup2(errors, number)
        try:
            yield
        finally:
            _flush_c()
            os.dup2(kept, number)
            os.close(kept)


def _flush_c() -> None:
    """Write what C's library still holds for standard output."""
    with contextlib.suppress(OSError, TypeError, AttributeError):  # Windows has no such name of the process itself
        ctypes.CDLL(None).fflush(None)
