"""The one check of a run's JSON files: content against a frozen dataclass, read and written by its type hints.

A run's folder may come from somebody else, and a file may be damaged. Whatever is wrong with the content, the reader
raises one DataError that names the file, the key, what was expected and what was found.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from kit.errors import DataError
from kit.files import require_regular, write_json

SCHEMA = 1
"""The number that is written into every typed file. A file without one is from before there were numbers: its keys are
those of schema 1."""

LARGEST = 256 << 20  # bytes; the card of a million input files has 150 MB
SHOWN = 60  # characters of a key and of a wrong value that a message quotes

Record = TypeVar("Record")


def write_record(path: Path, record: Any) -> None:
    """Write a dataclass as a JSON object with the schema's number, atomically; fields that are None by default and hold
    None are left out."""
    write_json(path, {"schema": SCHEMA, **as_json(record)})


def as_json(record: Any) -> dict[str, Any]:
    """Return a dataclass as a JSON object."""
    values = dataclasses.asdict(record)
    fields = dataclasses.fields(record)
    return {f.name: values[f.name] for f in fields if f.default is not None or values[f.name] is not None}


def read_record(path: Path, kind: type[Record]) -> Record:
    """Read a JSON object as a dataclass. Raises DataError if it is missing, damaged, or of a newer schema."""
    value = read_value(path)
    _refuse_newer(value, path)
    return decode(kind, value, path)


def read_value(path: Path) -> Any:
    """Read a JSON file of bounded size and depth, in which every number is finite."""
    require_regular(path)
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path.name} is too large", expected=f"at most {LARGEST:,} bytes", where=path)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing", where=path.parent) from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name} cannot be read", found=error, where=path) from None
    return parse_json(text, path)


def parse_json(text: str, path: Path) -> Any:
    """Parse the text of a file as JSON; ``path`` is for the message."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise DataError(f"{path.name} is damaged", found="values that are nested too deeply", where=path) from None
    except ValueError as error:
        raise DataError(f"{path.name} is damaged", expected="JSON", found=error, where=path) from None


def decode(kind: type[Record], value: Any, path: Path, key: str = "") -> Record:
    """Turn a JSON value into a dataclass by the types of its fields; unknown keys are ignored.

    ``key`` is the value's own key in the file. A field with a default may be missing.
    """
    if not isinstance(value, dict):
        raise _wrong(path, key, "an object", value)
    hints = typing.get_type_hints(kind)
    given = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # a dataclass, by its callers
        inner = f"{key}.{field.name}" if key else field.name
        if field.name in value:
            given[field.name] = convert(hints[field.name], value[field.name], path, inner)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise _wrong(path, inner, in_words(hints[field.name]), None, missing=True)
    return kind(**given)


def convert(kind: Any, value: Any, path: Path, key: str) -> Any:
    """Turn a JSON value into a value of this type, or raise the DataError that names the key."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _convert_union(kind, value, path, key)
    if origin is tuple and isinstance(value, list):
        kinds = [inner[0]] * len(value) if inner[1:] == (...,) else inner
        if len(kinds) == len(value):
            pairs = zip(kinds, value, strict=True)
            return tuple(convert(one, item, path, f"{key}[{i}]") for i, (one, item) in enumerate(pairs))
    elif origin in (dict, Mapping) and isinstance(value, dict):
        return {name: convert(inner[1], item, path, f"{key}.{name}") for name, item in value.items()}
    elif origin is Literal and isinstance(value, str | int) and value in inner:
        return value
    elif dataclasses.is_dataclass(kind):
        return decode(kind, value, path, key)  # type: ignore[arg-type]  # a class, not an instance
    elif kind is float and isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e308:
        return float(value)
    elif kind in (str, int, bool) and isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
        return value
    raise _wrong(path, key, in_words(kind), value)


def _convert_union(kind: Any, value: Any, path: Path, key: str) -> Any:
    options = typing.get_args(kind)
    if value is None and type(None) in options:
        return None
    rest = [option for option in options if option is not type(None)]
    if len(rest) == 1:
        return convert(rest[0], value, path, key)
    for option in rest:
        try:
            return convert(option, value, path, key)
        except DataError:
            continue
    raise _wrong(path, key, in_words(kind), value)


def in_words(kind: Any) -> str:
    """A type as a message names it."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(in_words(option) for option in inner)
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin is tuple:
        return "a list" if inner[1:] == (...,) else f"a list of {len(inner)}"
    if origin in (dict, Mapping) or dataclasses.is_dataclass(kind):
        return "an object"
    names: dict[Any, str] = {
        str: "text",
        int: "a whole number",
        float: "a finite number",
        bool: "true or false",
        type(None): "null",
    }
    return names.get(kind, "a value")


def _refuse_newer(value: Any, path: Path) -> None:
    number = value.get("schema", SCHEMA) if isinstance(value, dict) else SCHEMA
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise _wrong(path, "schema", "a whole number", number)
    if number > SCHEMA:
        raise DataError(
            f"{path.name} was written by a newer version of the kit",
            expected=f"schema {SCHEMA}",
            found=f"schema {number}",
            where=path,
            remedy="pip install --upgrade contest-kit",
        )


def _wrong(path: Path, key: str, expected: str, value: Any, *, missing: bool = False) -> DataError:
    if missing:
        found = "nothing"
    elif isinstance(value, dict | list):
        found = "an object" if isinstance(value, dict) else "a list"
    else:
        found = json.dumps(value, ensure_ascii=False)
    name = f": {key}" if key else ""
    return DataError(f"{path.name} is damaged{_short(name)}", expected=expected, found=_short(found), where=path)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name}, which is no finite number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]}, which is no finite number")
    return number
