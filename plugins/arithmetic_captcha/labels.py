"""Read ``labels.txt``: a line for every image, in the images' order."""

from __future__ import annotations

from pathlib import Path

from kit import DataError

from .grammar import ARITHMETIC, TEXT, value

SHOWN = 5


def expressions(path: Path, count: int | None) -> list[str]:
    """Read lines ``expression result``; return the expressions.

    Raises DataError that names the first lines whose expression is outside the grammar or whose result does not
    follow, or a count of lines other than ``count`` images.
    """
    found = []
    for number, line in enumerate(lines_of(path, count), start=1):
        expression, _, result = line.partition(" ")
        if fault := judge(expression, result):
            raise DataError(
                f"line {number} of {path.name} is wrong: {fault}",
                expected="an expression, a space and its result, such as (4*8)+8 40",
                found=repr(line[:80]),
                where=f"{path}, line {number}",
                remedy="download the labels again",
            )
        found.append(expression)
    return found


def judge(expression: str, result: str) -> str | None:
    """What is wrong with an answer, or None."""
    if not ARITHMETIC.holds(expression):
        worth = value(expression)
        return (
            f"{expression[:20]!r} is not a valid expression"
            if worth is None
            else f"{expression!r} is not of the contest's form"
        )
    right = str(value(expression))
    return None if result == right else f"{expression} is {right}, not {result[:20]!r}"


def texts(path: Path, count: int | None) -> list[str]:
    """Read lines of four digits and capital letters. Raises DataError as :func:`expressions` does."""
    found = lines_of(path, count)
    for number, line in enumerate(found, start=1):
        if not TEXT.holds(line):
            raise DataError(
                f"line {number} of {path.name} is wrong",
                expected="four digits or capital letters, such as 0O7Q",
                found=repr(line[:80]),
                where=f"{path}, line {number}",
            )
    return found


def lines_of(path: Path, count: int | None) -> list[str]:
    """The lines of a UTF-8 file. Raises DataError where it is none or has other than ``count`` lines."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name} is not UTF-8", where=f"{path}, line {line}", remedy="save it as UTF-8") from None
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read", expected="a line for every image", found=error.strerror, where=path
        ) from None
    lines = text.removesuffix("\n").split("\n") if text else []
    if count is not None and len(lines) != count:
        shorter = len(lines) < count
        first = f"the first without a label is {len(lines)}.png" if shorter else f"{count}.png is missing"
        raise DataError(
            f"{path.name} has {'fewer' if shorter else 'more'} lines than there are images",
            expected=f"{count:,} lines, one for every image",
            found=f"{len(lines):,}; {first}",
            where=path,
        )
    return lines
