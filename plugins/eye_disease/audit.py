"""Checks of this contest's files: duplicates, image formats, sizes that reveal the label, label tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kit import Finding, KitError, SampleError
from kit.files import sha256
from kit.images import ImageHeader, read_header
from kit.wording import counted, listed

from .files import LETTERS, ContestFiles, describe_unused, find_files
from .labels import EXPECTED, Label, has_columns, is_label_table, read, to_predict

SHOWN = 8
COMMON = 0.95  # an image size reveals a kind if at least this fraction of it and at most RARE of the others have it
RARE = 0.05
FEWEST = 10


def audit(folder: Path) -> Iterator[Finding]:
    """Find identical files, unusual image files, sizes that reveal the label, and label tables that do not fit."""
    files = find_files(folder)
    headers = {name: header for name, path in files.photographs.items() if (header := _header(path)) is not None}
    yield from _duplicates(files.photographs)
    yield from _disguised(headers)
    yield from _sizes(headers)
    yield from _unused(files)
    validation = files.of("V")
    for path in files.tables:
        yield from _labels(path, set(validation), folder)
    if validation and not any(is_label_table(path) for path in files.tables):
        message = f"{len(validation):,} photographs to predict have no label table: they can be predicted, not scored"
        yield Finding("note", "no labels", str(folder), message)


def _header(path: Path) -> ImageHeader | None:
    """Return the header, or None if the file is damaged: the kit reports every sample that cannot be read."""
    try:
        return read_header(path.read_bytes(), path)
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
            f"{counted(len(groups), 'photograph')} with copies under other names: {listed(groups, SHOWN)}",
            "nothing: copies stay in one fold; but a V that is also in the training part is predicted from memory",
        )


def _disguised(headers: Mapping[str, ImageHeader]) -> Iterator[Finding]:
    names = [name for name, header in headers.items() if header.kind != "jpeg"]
    if names:
        kinds = ", ".join(sorted({headers[name].kind for name in names}))
        yield Finding(
            "warning",
            "not a jpg",
            _letters(names),
            f"{counted(len(names), 'photograph')} stored as {kinds}, which are read too: {listed(names, SHOWN)}",
            "save them as jpg: the contest has no other files, and another compression can reveal the kind of eye",
        )


def _sizes(headers: Mapping[str, ImageHeader]) -> Iterator[Finding]:
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
            remedy = "nothing here: every photograph is cropped to its disc and scaled, and its size is not a feature"
            yield Finding("warning", "size and kind", letter, message, remedy)


def _labels(path: Path, validation: set[str], folder: Path) -> Iterator[Finding]:
    try:
        if not has_columns(path):
            yield _without_columns(path)
            return
        if not is_label_table(path):
            yield Finding("note", "submission", str(path), "a table in the form of a submission; not used as labels")
            return
        every = read(path)
    except KitError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        remedy = str(error.parts["to do"] or "use the contest's own file")
        message = "; ".join(line for line in lines if not line.startswith(("to do:", "where:")))
        yield Finding("warning", "label table", str(path), message, remedy)
        return
    yield from _contradictions(path, every)
    rows = to_predict(every)
    if not rows:
        yield Finding("note", "labels of other parts", str(path), "it has no label of a photograph to predict")
        return
    yield from _coverage(path, rows, validation, decides=path == folder / "answers.csv")
    hidden = [row.name for row in rows if row.fovea is False]
    if hidden:
        yield Finding(
            "note", "fovea", str(path), f"{len(hidden)} rows have no visible fovea (0, 0): {listed(hidden, SHOWN)}"
        )


def _unused(files: ContestFiles) -> Iterator[Finding]:
    for reason, names in describe_unused(files):
        message = f"{counted(len(names), 'image')} not read: {reason}: {listed(names, SHOWN)}"
        yield Finding("warning", "unused images", "the data folder", message, "nothing, if that is what they are")


def _contradictions(path: Path, rows: Sequence[Label]) -> Iterator[Finding]:
    """Find training photographs whose label in a table is not that of their first letter."""
    wrong = [row.name for row in rows if row.name[0] in "PHN" and row.label != int(row.name[0] == "P")]
    if wrong:
        message = f"{counted(len(wrong), 'label')} differ from the first letter of the name: {listed(wrong, SHOWN)}"
        remedy = f"training uses the letter ({', '.join(f'{k} {LETTERS[k]}' for k in 'PHN')}): correct the table"
        yield Finding("warning", "labels and names", str(path), message, remedy)


def _without_columns(path: Path) -> Finding:
    """A table that is not used; a warning where its name says that it should hold the labels."""
    expected = "label" in path.stem.lower() or path.stem.lower() == "answers"
    message = f"it has no labels: {EXPECTED} are expected in its first row"
    remedy = "name the columns so, or download PALM-Validation-GT.zip again; training does without" if expected else ""
    return Finding("warning" if expected else "note", "no label columns", str(path), message, remedy)


def _coverage(path: Path, rows: Sequence[Label], validation: set[str], *, decides: bool) -> Iterator[Finding]:
    """Compare labels and photographs; an error if ``kit run`` would score against this table and fail."""
    labelled = {row.name for row in rows}
    absent, bare = sorted(labelled - validation), sorted(validation - labelled)
    if absent:
        message = f"{len(absent):,} labels have no photograph to predict: {listed(absent, SHOWN)}"
        yield Finding("warning", "labels without images", str(path), message, "download PALM-Validation400 again")
    if bare:
        message = f"{len(bare):,} photographs to predict have no label: {listed(bare, SHOWN)}"
        remedy = "use the contest's full table, or score the labelled ones alone"
        yield Finding("error" if decides else "warning", "images without labels", str(path), message, remedy)


def _letters(names: Sequence[str]) -> str:
    return ", ".join(sorted({name[0] for name in names}))
