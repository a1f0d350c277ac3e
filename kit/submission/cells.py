"""What is wrong with one cell, and the plain form of a number that is written in another way."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

from kit.contract.format import Column
from kit.submission.faults import shorten

WHITE = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff\u200b" + "".join(
    map(chr, range(0x2000, 0x200B))
)
QUOTES = "'`\"\u2018\u2019\u201c\u201d"
# Control characters, invisible marks, and the surrogates that stand for bytes that are not UTF-8.
FORBIDDEN = r"\x00-\x1f\x7f\ufeff\u200b\ud800-\udfff"
NAN = {"nan", "-nan", "+nan", "na", "n/a", "#n/a", "<na>", "nat", "null", "none", "1.#qnan", "1.#ind", "-1.#ind"}
INFINITE = {sign + word for sign in ("", "+", "-") for word in ("inf", "infinity", "1.#inf", "\u221e")}

INTEGER = re.compile(r"0|-?[1-9][0-9]*")
# Each part matches in one way only: a long cell that is almost a number takes linear time.
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
DECIMAL_COMMA = re.compile(NUMBER.pattern.replace(r"\.", ","))
_FORBIDDEN = re.compile(f"[{FORBIDDEN}]")
_LOOSE = re.compile(r"[+-]?[0-9][0-9_, ']*(?:\.[0-9]*)?")
_INT64 = 1 << 63


@dataclass(frozen=True)
class CellFault:
    """What is wrong with one cell."""

    kind: str
    expected: str
    found: str
    remedy: str


def check_cell(column: Column, cell: str) -> CellFault | None:
    """Return what is wrong with a cell, or None. Most cells need no call: see :mod:`kit.submission.clean_lines`."""
    found = _text_fault(column, cell) if column.kind == "text" else _numeric_fault(column, cell)
    return found and CellFault(found[0], column.expected, shorten(cell), found[1])


def number_pattern(column: Column) -> re.Pattern[str]:
    """The pattern of the numbers of a column, with its own decimal mark."""
    return INTEGER if column.kind == "integer" else DECIMAL_COMMA if column.decimal == "," else NUMBER


def strip(cell: str) -> str:
    """Remove white space and invisible marks around a cell."""
    return cell.strip(WHITE)


def _text_fault(column: Column, cell: str) -> tuple[str, str] | None:
    inner = strip(cell)
    if not cell and not column.blank:
        return "blank", f"fill in {column.name}"
    if inner != cell:
        return (
            ("spaces", "remove the spaces around it") if inner or column.blank else ("blank", f"fill in {column.name}")
        )
    if bad := _FORBIDDEN.search(cell):
        return "character", f"remove the character U+{ord(bad[0]):04X}"
    wrong = column.rule(cell) if column.rule else None
    return ("rule", wrong) if wrong else None


def _numeric_fault(column: Column, cell: str) -> tuple[str, str] | None:
    pattern = number_pattern(column)
    if pattern.fullmatch(cell):
        return _value_fault(column, cell)
    inner = strip(cell)
    if not inner:
        return "blank", f"fill it in: in pandas, df[df[{column.name!r}].isna()] shows the rows"
    if inner.lower() in NAN:
        return "nan", f"give every row a value: in pandas, df[df[{column.name!r}].isna()] shows the rows"
    if inner.lower() in INFINITE:
        return "infinite", "give every row a finite value: look for a division by zero or an overflow"
    if pattern.fullmatch(inner):
        return "spaces", f"write {shorten(inner)} without spaces around it"
    if pattern.fullmatch(strip(inner.strip(QUOTES))):
        return "quote", f"write {shorten(strip(inner.strip(QUOTES)))} without stray quotes"
    return _form_fault(column, inner)


def _value_fault(column: Column, cell: str) -> tuple[str, str] | None:
    """Check range and finiteness of a plain number, compared as in the arrays: integers exactly, others as doubles."""
    value: float
    if column.kind == "integer":
        if len(cell) > 20 or not -_INT64 <= int(cell) < _INT64:
            return "range", "write an integer that fits in 64 bits"
        value = int(cell)
    else:
        value = float(cell.replace(",", "."))
        if math.isinf(value):
            return "infinite", "write a finite number: this one is too large for a double"
    if (column.low is not None and value < column.low) or (column.high is not None and value > column.high):
        return "range", f"write an {column.expected}" if column.kind == "integer" else f"write a {column.expected}"
    return None


def _form_fault(column: Column, cell: str) -> tuple[str, str]:
    """Name the plain form of a number that is written in another way, or say that it is no number."""
    plain = plain_number(cell)
    kind = column.kind
    if plain is None:
        return "text", f"write an {column.expected}" if kind == "integer" else f"write a {column.expected}"
    if kind == "number":
        plain = plain.replace(".", column.decimal)
        return "number", f"write {plain}, not {shorten(cell)}"
    if not INTEGER.fullmatch(plain):
        return "integer", "write a whole number: round it, or submit the class instead of its probability"
    cast = f"df[{column.name!r}] = df[{column.name!r}].astype(int)"
    return "integer", f"write {plain}, not {shorten(cell)}: in pandas, {cast}"


def plain_number(cell: str) -> str | None:
    """Return the plain form of ``7.0``, ``+7``, ``07``, ``1e0``, ``1_000``, ``0x1f``, ``50%``, ``0,5`` or ``７``."""
    text = unicodedata.normalize("NFKC", cell[:400]).replace("\u2212", "-")
    if len(cell) > 400:
        return None
    if re.fullmatch(r"[+-]?0[xX][0-9a-fA-F]+", text):
        return str(int(text, 16))
    if re.fullmatch(r"[+-]?[0-9.]+%", text) and NUMBER.fullmatch(text[:-1]):
        return _plain(float(text[:-1]) / 100)
    if re.fullmatch(r"[+-]?[0-9]*,[0-9]+", text) and not re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", text):
        text = text.replace(",", ".")
    if re.fullmatch(_LOOSE, text):
        text = re.sub(r"[_, ']", "", text)
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return str(int(text))
    return _plain(float(text)) if NUMBER.fullmatch(text) else None


def _plain(value: float) -> str | None:
    if math.isinf(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
