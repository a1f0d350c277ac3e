"""A verb's result: one JSON document with ``--json``, otherwise text, the commands to type next, and what was written.

Every verb ends in :func:`give_result`; the options ``--json``, ``--quiet`` and ``--verbose`` are there for every verb
(``kit.cli.every_verb``), and a verb needs no code for them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kit.cli.document import current_document
from kit.console import info, output_path


def give_result(
    fields: Mapping[str, Any],
    text: Callable[[], object] | None = None,
    *,
    path: Path | None = None,
    next_steps: Sequence[str] = (),
) -> None:
    """Print the result of a verb, once.

    With ``--json`` these are the ``fields``, which ``docs/json.md`` describes; paths, dataclasses and arrays may be
    among them. Otherwise ``text`` prints, then come the ``next_steps`` (each made by :func:`kit_command`), and last the
    ``path`` of what was written.
    """
    document = current_document()
    if document.wanted:
        document.fill(fields)
        return
    if text is not None:
        text()
    for step in next_steps:
        info(f"next: {step}")
    if path is not None:
        output_path(path)


def wants_json() -> bool:
    """Whether ``--json`` was typed, for verbs that print while they work."""
    return current_document().wanted


def kit_command(*words: object) -> str:
    """A command as a shell takes it, with the folders of plugins that were typed."""
    context = click.get_current_context()
    folders = context.find_root().meta.get("kit.plugins", [])
    plugins = [word for folder in folders for word in ("--plugins", str(folder))]
    return shell_line(["kit", *plugins, *words])


def shell_line(words: Sequence[object]) -> str:
    """Words as a shell takes them."""
    return shlex.join(map(str, words))
