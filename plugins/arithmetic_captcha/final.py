"""Round 2: what is read, learnt from, written and reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit import Answers, DataError, Fault, Sample, SampleError, Table

from . import formula, worth
from .labels import lines_of
from .places import FINAL_NAMES, images, locate
from .reader import labels_beside

TRIES = 20  # images drawn until the lines of one are found


def read(folder: Path, part: str) -> list[Sample]:
    """Read a part: ``x`` is the image's path, ``y`` its text, the id its number."""
    place = locate(Path(folder), part, FINAL_NAMES)
    paths = images(place)
    if part == "test":
        return [Sample(path.stem, path) for path in paths]
    known = texts(labels_beside(Path(folder), place), len(paths))
    return [Sample(path.stem, path, text) for path, text in zip(paths, known, strict=True)]


def ids(folder: Path) -> list[str]:
    """The test images' numbers in order, without opening one."""
    return [path.stem for path in images(locate(Path(folder), "test", FINAL_NAMES))]


def texts(path: Path, count: int | None) -> list[str]:
    """Read the texts of lines ``assignments;expression value``, as :func:`rows` does."""
    return [text for text, _ in rows(path, count)]


def rows(path: Path, count: int | None) -> Iterator[tuple[str, str]]:
    """Read lines ``assignments;expression value`` as pairs. The value may be missing: it is not scored.

    Raises DataError that names the first line that does not evaluate or that a network could not write.
    """
    for number, line in enumerate(lines_of(path, count), start=1):
        text, _, cell = line.partition(" ")
        fits = len(text) <= formula.PLACES and all(character in formula.CHARSET for character in text)
        if not fits or worth.value(text) is None:
            raise DataError(
                f"line {number} of {path.name} is wrong: {text[:60]!r} does not evaluate",
                expected="assignments, an expression, a space and its value, such as 流=8;(1+2)*3-流/4 7.000000e+00",
                found=repr(line[:80]),
                where=f"{path}, line {number}",
                remedy="download the labels again",
            )
        yield text, cell


def answers(path: Path) -> Answers:
    """Read the answers: lines ``assignments;expression value`` in the images' order."""
    known = texts(path, None)
    values = np.array([worth.written(text) for text in known], dtype=object)
    columns = {"text": np.array(known, dtype=object), "value": values}
    return Answers([str(number) for number in range(len(known))], Table(columns, np.arange(1, len(known) + 1)))


def example(sample: Sample, rng: np.random.Generator | None, config: Any) -> tuple[np.ndarray, Any]:
    """Read an image or, in training, at times draw one: ink (1, 40, 560), and (classes (46,), steps (140,)).

    A test image without a line is an empty strip, so that the submission keeps a line for it; the audit names it.
    """
    from . import image, strip

    if rng is not None and rng.random() < config.generated:
        return _drawn(rng)
    picture = image.read_any(sample.x)
    try:
        seen = strip.strip(picture, sample.x).ink
    except SampleError:
        if sample.y is not None:
            raise
        seen = np.zeros((1, strip.HEIGHT, strip.WIDTH), np.float32)
    if sample.y is None:
        return seen, None
    return seen, (formula.encode(sample.y), np.full(strip.STEPS, -1, np.int64))


def _drawn(rng: np.random.Generator) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Draw a text whose lines are found: the boxes tell where its characters stand in the strip."""
    from . import canvas, strip

    for _ in range(TRIES):
        text = formula.draw(rng)
        drawn = canvas.draw(text, rng, tight=True)
        boxes = strip.find(drawn.image)
        if len(boxes) == len(drawn.places):
            joined = strip.join(drawn.image, boxes)
            places = [[joined.step(line, x) for x in middles] for line, middles in enumerate(drawn.places)]
            return joined.ink, (formula.encode(text), located(text, places))
    raise DataError(f"no lines were found in {TRIES} drawn images", remedy="kit doctor")


def located(text: str, places: Sequence[Sequence[int]]) -> np.ndarray:
    """The class to expect at each step, int64 (140,): a character at its middle, the blank between two, else -1.

    Characters that share a step, as a fraction's do, are expected one after the other; equal ones with a blank between
    them, without which CTC takes them for one.
    """
    from . import strip

    known = np.full(strip.STEPS, formula.BLANK, np.int64)
    order = [
        step for number, line in enumerate(places) for step in ([_joint(places, number)] if number else []) + [*line]
    ]
    last, before = -1, ""
    for character, step in zip(text, order, strict=True):
        again = character == before
        last, before = min(strip.STEPS - 1, max(step, last + 1 + again)), character
        for beside in (last - 1, last + 1):  # a character is wider than a step: nothing is wrong with being early
            if 0 <= beside < strip.STEPS and known[beside] == formula.BLANK:
                known[beside] = -1
        if again:
            known[last - 1] = formula.BLANK
        known[last] = formula.CHARSET.index(character)
    return known


def _joint(places: Sequence[Sequence[int]], line: int) -> int:
    """The step between a line and the one before it: there stands the semicolon."""
    return (places[line - 1][-1] + places[line][0]) // 2


def write(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Give each image's best valid text and its value."""
    from .search import decode

    return ((text, worth.written(text)) for text in decode(predictions))


def truth(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    """Give each labelled sample's text and its value."""
    return ((sample.y, worth.written(sample.y)) for sample in samples)


def review(table: Table) -> Iterator[Fault]:
    """Warn of every line that does not evaluate, is not of the contest's form, or whose value does not follow."""
    for line, text, cell in zip(table.lines.tolist(), table["text"], table["value"], strict=True):
        if fault := worth.judge(text, cell):
            kind, found = fault
            expected = "the expression's value" if kind == "value" else "assignments;expression with one fraction"
            scored = (
                "the value is not scored" if kind == "value" else "the contest accepts the line and counts it wrong"
            )
            yield Fault(kind, line, None, expected, found, scored)


def texts_alone(truth: Table, guess: Table) -> tuple[np.ndarray, np.ndarray]:
    """Both tables' texts (N,): the contest dropped the values."""
    return truth["text"], guess["text"]
