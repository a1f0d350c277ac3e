"""Options and settings from a TOML file (``--config``); what is typed on the command line wins.

Tables ``[[variant]]`` with a ``name`` hold settings that differ: each is a run of its own, and the runs are compared.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from kit.errors import KitError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

META, VARIANTS = "kit.config", "kit.variants"
TRAINING = ("run", "train")
FOR_ALL = ("data", "folds", "valid_fraction", "split_seed", "task")
"""What a variant cannot have of its own: the runs are compared on the samples that all hold out."""
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


def variants_of_file() -> dict[str, dict[str, str]]:
    """The file's variants by name: the settings of each as texts, without those that are typed on the command line."""
    context = click.get_current_context(silent=True)
    if context is None:
        return {}
    typed = {name for name in context.params if _is_typed(context, name)}
    typed |= {text.partition("=")[0].strip() for text in context.params.get("assignments", ())}
    found = context.meta.get(VARIANTS, {})
    return {each: {key: text for key, text in own.items() if key not in typed} for each, own in found.items()}


def _is_typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _read(ctx: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KitError("the configuration cannot be read", expected="a TOML file", found=error, where=path) from None
    ctx.meta[VARIANTS] = _variants(ctx, path, values.pop("variant", []))
    options = {each.name for each in ctx.command.params if isinstance(each, click.Option) and not each.is_eager}
    defaults: dict[str, Any] = {}
    assignments = []
    for name, value in values.items():
        text = _as_text(name, value, path)
        if name == "task" or name not in options:
            assignments.append(f"{name}={text}")
        else:
            defaults[name] = str(path.parent / str(value)) if name in PATHS else value
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    ctx.meta[META] = assignments


def _as_text(name: str, value: Any, path: Path) -> str:
    """The value of a setting as it is typed; a path is relative to the folder of the file."""
    if not isinstance(value, bool | int | float | str):
        raise KitError(
            f"{name!r} of the configuration is no single value",
            expected="a number, a text, true or false",
            found=type(value).__name__,
            where=path,
        )
    if name in PATHS:
        return str(path.parent / str(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _variants(ctx: click.Context, path: Path, tables: Any) -> dict[str, dict[str, str]]:
    """The settings of each ``[[variant]]``. Raises KitError for one without a name and for settings that all need."""
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise KitError("the variants of the configuration are no tables", expected="[[variant]]", where=path)
    if tables and ctx.command.name not in TRAINING:
        raise KitError(
            "the configuration has variants", expected="kit run or kit train", found=ctx.command.name, where=path
        )
    found: dict[str, dict[str, str]] = {}
    for table in tables:
        own = dict(table)
        name = own.pop("name", None)
        if not isinstance(name, str) or not name.strip() or not name.isprintable() or name in found:
            raise KitError("a variant needs a name of its own", expected='name = "..."', found=name, where=path)
        common = sorted(set(own) & set(FOR_ALL))
        if common:
            raise KitError(
                f"variant {name!r} cannot have {common[0]!r} of its own",
                expected="it above the first [[variant]], for all",
                where=path,
            )
        found[name] = {key: _as_text(key, value, path) for key, value in own.items()}
    if len(found) == 1:
        raise KitError("there is nothing to compare", expected="two variants or more", found=next(iter(found)))
    return found
