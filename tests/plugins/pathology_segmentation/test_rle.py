import time
from collections.abc import Callable

import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.rle import fault, from_text

from kit.blocks.runs import area, draw_runs, find_runs, intersection, to_text
from kit.submission import check

from .conftest import regions


def masks() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = [(1, 1), (3, 5), (7, 2), (64, 48)]
    noise = [rng.random(shape) < fraction for shape in shapes for fraction in (0, 0.1, 0.5, 0.9, 1)]
    return [*noise, regions(300, 8, 1)]


def test_pixels_are_numbered_from_one_down_the_columns() -> None:
    mask = np.zeros((3, 4), bool)
    mask[1:, 0], mask[0, 1], mask[2, 3] = True, True, True
    assert to_text(find_runs(mask)) == "2 3 12 1"
    assert to_text(find_runs(np.zeros((3, 4)))) == ""
    assert to_text(find_runs(np.full((3, 4), 255, np.uint8))) == "1 12"


def test_decoding_is_the_inverse_of_encoding() -> None:
    for mask in masks():
        runs = find_runs(mask)
        assert (draw_runs(from_text(to_text(runs)), mask.shape) == mask).all()
        assert area(runs) == mask.sum()
        assert fault(to_text(runs)) is None


def test_an_intersection_needs_no_image() -> None:
    rng = np.random.default_rng(3)
    for mask in masks():
        other = rng.random(mask.shape) < 0.5
        assert intersection(find_runs(mask), find_runs(other)) == (mask & other).sum()


def test_a_run_beyond_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves the image"):
        draw_runs(np.array([[9, 5]]), (3, 4))


FAULTS = [
    ("1 2 3", "odd count"),
    ("5", "odd count"),
    ("5 2 1 2", "sort the runs"),
    ("1 5 3 4", "overlap"),
    ("1 5 1 5", "overlap"),
    ("1 2 9 0", "zero length"),
    ("1 00", "zero length"),
    ("0 4", "count from 1"),
    ("-3 4", "negative"),
    ("1 -4", "negative"),
    ("1.0 4", "whole numbers"),
    ("a b", "whole numbers"),
    ("1  4", "single spaces"),
    ("1,4", "whole numbers"),
    ("01 4", "whole numbers"),
    ("٣ ٤", "whole numbers"),
    ("1 99999999999999", "beyond any slide"),
    ("1 999999999999999999 999999999999999999 999999999999999999", "overlap"),
    ("99999999999999999999999 1", "whole numbers"),
]


@pytest.mark.parametrize(("text", "reason"), FAULTS)
def test_a_faulty_encoding_is_named(text: str, reason: str) -> None:
    assert reason in str(fault(text))
    with pytest.raises(ValueError, match=reason):
        from_text(text)


def test_the_check_names_the_line_and_the_slide_of_every_faulty_encoding(tmp_path) -> None:
    file = tmp_path / "submission.csv"
    rows = [f'S{i},"{text}"' for i, (text, _) in enumerate(FAULTS)]
    file.write_text("\n".join(["ImageId,EncodedPixels", "good,1 2 5 1", "empty,", *rows]) + "\n")
    ids = ["good", "empty", *(f"S{i}" for i in range(len(FAULTS)))]
    found = check(file, TASK.format, ids)
    assert [(f.line, f.id) for f in found.faults] == [(i + 4, f"S{i}") for i in range(len(FAULTS))]


def test_runs_are_pycocotools_runs() -> None:
    coco = pytest.importorskip("pycocotools.mask")
    for mask in masks():
        theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert coco.area(theirs) == area(find_runs(mask))
        assert (coco.decode(theirs) == draw_runs(find_runs(mask), mask.shape)).all()


@pytest.mark.slow
def test_encoding_and_decoding_are_as_fast_as_pycocotools() -> None:
    coco = pytest.importorskip("pycocotools.mask")
    mask = regions(2048, 20, 2)
    ordered = np.asfortranarray(mask)
    runs, theirs = find_runs(mask), coco.encode(ordered.view(np.uint8))
    assert _fastest(lambda: find_runs(mask)) <= _fastest(lambda: coco.encode(np.asfortranarray(mask.view(np.uint8))))
    assert _fastest(lambda: find_runs(ordered)) <= _fastest(lambda: coco.encode(ordered.view(np.uint8)))
    assert _fastest(lambda: draw_runs(runs, (2048, 2048))) <= _fastest(lambda: coco.decode(theirs))


def _fastest(work: Callable[[], object], rounds: int = 15) -> float:
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)
