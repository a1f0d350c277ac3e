"""Options and settings from a TOML file (``--config``); what is typed on the command line wins."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from kit.errors import KitError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

META = "kit.config"
PATHS = ("data", "pretrained", "extra")
"""Options that are paths, relative to the folder of the file."""


def config_option() -> Any:
    """The option ``--config``."""
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        expose_value=False,
        is_eager=True,  # before the options whose defaults it gives
        callback=_read,
        help="Options and settings from a TOML file (kit config TASK writes one).",
    )


def assignments_of_file() -> list[str]:
    """The settings of the file as texts ``name=value``, for the kit's own reading of settings."""
    context = click.get_current_context(silent=True)
    return list(context.meta.get(META, ())) if context else []


def _read(ctx: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KitError("the configuration cannot be read", expected="a TOML file", found=error, where=path) from None
    options = {each.name for each in ctx.command.params if isinstance(each, click.Option) and not each.is_eager}
    defaults: dict[str, Any] = {}
    assignments = []
    for name, value in values.items():
        if not isinstance(value, bool | int | float | str):
            raise KitError(
                f"{name!r} of the configuration is no single value",
                expected="a number, a text, true or false",
                found=type(value).__name__,
                where=path,
            )
        if name == "task" or name not in options:
            assignments.append(f"{name}={str(value).lower() if isinstance(value, bool) else value}")
        else:
            defaults[name] = str(path.parent / str(value)) if name in PATHS else value
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    ctx.meta[META] = assignments
