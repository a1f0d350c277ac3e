"""Checks of this contest's files: duplicates, image formats, sizes that reveal the label, label tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kit import Finding, KitError, SampleError
from kit.files import sha256
from kit.wording import listed

from .files import find_files
from .header import Header, read_header
from .labels import EXPECTED, Label, has_columns, read

SHOWN = 8
COMMON = 0.95  # an image size reveals a kind if at least this fraction of it and at most RARE of the others have it
RARE = 0.05
FEWEST = 10


def audit(folder: Path) -> Iterator[Finding]:
    """Find identical files, unusual image files, sizes that reveal the label, and label tables that do not fit."""
    layout = find_files(folder)
    headers = {name: header for name, path in layout.photographs.items() if (header := _header(path)) is not None}
    yield from _duplicates(layout.photographs)
    yield from _disguised(headers)
    yield from _sizes(headers)
    for path in layout.tables:
        yield from _labels(path, set(layout.of("V")))
    validation = layout.of("V")
    if validation and not any(has_columns(path) for path in layout.tables):
        message = f"{len(validation):,} photographs to predict have no label table: they can be predicted, not scored"
        yield Finding("note", "no labels", str(folder), message)


def _header(path: Path) -> Header | None:
    """The header, or None where the file is broken: the kit reports every sample that cannot be read."""
    try:
        return read_header(path.read_bytes(), str(path))
    except (SampleError, OSError):
        return None


def _duplicates(photographs: Mapping[str, Path]) -> Iterator[Finding]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, path in photographs.items():
        found[sha256(path)].append(name)
    groups = [" = ".join(names) for names in found.values() if len(names) > 1]
    if groups:
        yield Finding(
            "warning",
            "identical files",
            "P, H, N and V",
            f"{len(groups):,} photographs have copies under other names: {listed(groups, SHOWN)}",
            "nothing: copies stay in one fold; but a V that is also in the training part is predicted from memory",
        )


def _disguised(headers: Mapping[str, Header]) -> Iterator[Finding]:
    names = [name for name, header in headers.items() if header.kind != "jpeg"]
    if names:
        yield Finding(
            "warning",
            "not a jpg",
            _letters(names),
            f"{len(names):,} files called jpg hold a png, and are read as such: {listed(names, SHOWN)}",
            "save them as jpg: the contest has no png, and a kind with another compression is revealed by it",
        )


def _sizes(headers: Mapping[str, Header]) -> Iterator[Finding]:
    """Find kinds that the image size reveals. In the originals every H is 1444x1444 and no N or P is."""
    kinds: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for name, header in headers.items():
        kinds[name[0]][header.width, header.height] += 1
    for letter in "PHN":
        mine = kinds.get(letter, Counter())
        others = sum((kinds[other] for other in "PHN" if other != letter and other in kinds), Counter())
        if not mine or not others:
            continue
        size, count = mine.most_common(1)[0]
        all_but_few = count >= max(COMMON * mine.total(), min(FEWEST, mine.total()))
        if all_but_few and others[size] <= RARE * others.total():
            message = (
                f"{count} of {mine.total()} {letter} photographs are {size[0]}x{size[1]}, "
                f"but {others[size]} of {others.total()} others: the size reveals the kind"
            )
            remedy = "nothing here: every photograph is cropped to its disc and scaled, and its size is no feature"
            yield Finding("warning", "size and kind", letter, message, remedy)


def _labels(path: Path, validation: set[str]) -> Iterator[Finding]:
    try:
        if not has_columns(path):
            yield _without_columns(path)
            return
        rows = read(path)
    except KitError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        remedy = str(error.parts["to do"] or "use the contest's own file")
        message = "; ".join(line for line in lines if not line.startswith(("to do:", "where:")))
        yield Finding("warning", "label table", str(path), message, remedy)
        return
    yield from _coverage(path, rows, validation)
    hidden = [row.name for row in rows if row.fovea is False]
    if hidden:
        yield Finding(
            "note", "fovea", str(path), f"{len(hidden)} rows have no visible fovea (0, 0): {listed(hidden, SHOWN)}"
        )


def _without_columns(path: Path) -> Finding:
    """A table that is not used; a warning where its name says that it should hold the labels."""
    expected = "label" in path.stem.lower() or path.stem.lower() == "answers"
    message = f"it has no labels: {EXPECTED} are expected in its first row"
    remedy = "name the columns so, or download PALM-Validation-GT.zip again; training does without" if expected else ""
    return Finding("warning" if expected else "note", "no label columns", str(path), message, remedy)


def _coverage(path: Path, rows: Sequence[Label], validation: set[str]) -> Iterator[Finding]:
    labelled = {row.name for row in rows}
    absent, bare = sorted(labelled - validation), sorted(validation - labelled)
    if absent:
        message = f"{len(absent):,} labels have no photograph to predict: {listed(absent, SHOWN)}"
        yield Finding("warning", "labels without images", str(path), message, "download PALM-Validation400 again")
    if bare:
        message = f"{len(bare):,} photographs to predict have no label: {listed(bare, SHOWN)}"
        remedy = "use the contest's full table, or score the labelled ones alone"
        yield Finding("warning", "images without labels", str(path), message, remedy)


def _letters(names: Sequence[str]) -> str:
    return ", ".join(sorted({name[0] for name in names}))
