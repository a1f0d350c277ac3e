import time
from collections.abc import Callable

import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.metric import bootstrap, details, pooled_f1, prepare
from kit_plugins.pathology_segmentation.polygon import Shape, rasterise
from kit_plugins.pathology_segmentation.rle import area, decode, encode, fault, from_text, intersection, to_text
from kit_plugins.pathology_segmentation.synthetic.tissue import blob

from kit import Table
from kit.submission import check


def regions(side: int, count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rings = [blob(rng.uniform(0, side, 2), side / 9, 0.3, 60, rng) for _ in range(count)]
    return rasterise([Shape((ring,)) for ring in rings], 0, side, 0, side)


def masks() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = [(1, 1), (3, 5), (7, 2), (64, 48)]
    noise = [rng.random(shape) < share for shape in shapes for share in (0, 0.1, 0.5, 0.9, 1)]
    return [*noise, regions(300, 8, 1)]


def test_pixels_are_numbered_from_one_down_the_columns() -> None:
    mask = np.zeros((3, 4), bool)
    mask[1:, 0], mask[0, 1], mask[2, 3] = True, True, True
    assert to_text(encode(mask)) == "2 3 12 1"
    assert to_text(encode(np.zeros((3, 4)))) == ""
    assert to_text(encode(np.full((3, 4), 255, np.uint8))) == "1 12"


def test_decoding_is_the_inverse_of_encoding() -> None:
    for mask in masks():
        runs = encode(mask)
        assert (decode(from_text(to_text(runs)), *mask.shape) == mask).all()
        assert area(runs) == mask.sum()
        assert fault(to_text(runs)) is None


def test_an_intersection_needs_no_image() -> None:
    rng = np.random.default_rng(3)
    for mask in masks():
        other = rng.random(mask.shape) < 0.5
        assert intersection(encode(mask), encode(other)) == (mask & other).sum()


def test_a_run_beyond_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves the image"):
        decode(np.array([[9, 5]]), 3, 4)


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


# The metric


def table(rows: dict[str, str]) -> Table:
    columns = {"ImageId": np.array(list(rows), object), "EncodedPixels": np.array(list(rows.values()), object)}
    return Table(columns, np.arange(len(rows)))


def test_with_the_slides_at_hand_the_check_refuses_runs_beyond_their_last_pixel(kit_cli, tmp_path) -> None:
    import cv2

    for name, size in (("A", (30, 40)), ("B", (50, 60))):  # 1,200 and 3,000 pixels
        file = tmp_path / "data/test/images" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.full((*size, 3), 200, np.uint8))
    file = tmp_path / "submission.csv"
    file.write_text("ImageId,EncodedPixels\nB,3 4 2999 2\nA,1 2 1200 2\n")
    arguments = ["check", TASK.name, file]
    assert kit_cli(*arguments).exit_code == 0  # nobody knows the slides
    result = kit_cli(*arguments, "--data", tmp_path / "data")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "line 3, id A: rule: expected runs within the slide's 40 x 30 = 1200 pixels, found 1200 2, which ends at pixel "
        "1201. encode the mask at the slide's own size, down the columns"
    )
    file.write_text("ImageId,EncodedPixels\nA,1 2 1200 1\nB,\n")
    assert kit_cli(*arguments, "--data", tmp_path / "data").exit_code == 0


def test_f1_is_pooled_over_pixels_and_the_mean_by_image_stands_beside_it() -> None:
    truth = table({"a": "1 10", "b": "", "c": "5 4", "d": ""})
    guess = table({"d": "1 2", "c": "5 4", "b": "", "a": "6 10"})
    y_true, y_pred = prepare(truth, guess)
    assert y_true.tolist() == [[10], [0], [4], [0]]
    assert y_pred.tolist() == [[10, 5], [0, 0], [4, 4], [2, 0]]
    assert pooled_f1(y_true, y_pred) == pytest.approx(2 * 9 / (14 + 16))
    found = details(y_true, y_pred)
    assert found["mean_f1_per_image"] == pytest.approx((0.5 + 1 + 1 + 0) / 4)  # empty against empty is 1
    assert found["iou"] == pytest.approx(9 / 21)
    assert found["precision"] == pytest.approx(9 / 16) and found["recall"] == pytest.approx(9 / 14)


def test_figures_agree_with_scikit_learn() -> None:
    from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

    true, given = regions(200, 6, 4), regions(200, 6, 5)
    y_true, y_pred = prepare(table({"a": to_text(encode(true))}), table({"a": to_text(encode(given))}))
    found = details(y_true, y_pred)
    pair = true.ravel(), given.ravel()
    assert pooled_f1(y_true, y_pred) == pytest.approx(f1_score(*pair))
    assert found["iou"] == pytest.approx(jaccard_score(*pair))
    assert found["precision"] == pytest.approx(precision_score(*pair))
    assert found["recall"] == pytest.approx(recall_score(*pair))


def test_the_background_s_f1_is_not_what_is_measured() -> None:
    """With 12% cancer an answer without any reaches 0.936 by the published notebook's count, and 0 by ours."""
    true = np.zeros((100, 100), bool)
    true[:12] = True
    y_true, y_pred = prepare(table({"a": to_text(encode(true))}), table({"a": ""}))
    assert pooled_f1(y_true, y_pred) == 0
    background = 2 * (~true).sum() / ((~true).sum() + true.size)
    assert background == pytest.approx(0.936, abs=1e-3)


def test_no_cancer_anywhere_and_none_predicted_is_perfect() -> None:
    assert pooled_f1(*prepare(table({"a": "", "b": ""}), table({"a": "", "b": ""}))) == 1


def test_the_bootstrap_resamples_images() -> None:
    rng = np.random.default_rng(0)
    y_true = rng.integers(1, 100, (40, 1)).astype(float)
    y_pred = np.c_[y_true[:, 0], np.floor(y_true[:, 0] * rng.random(40))]
    found = bootstrap(y_true, y_pred, 4000, np.random.default_rng(1))
    picks = np.random.default_rng(2).integers(0, 40, (4000, 40))
    slow = [pooled_f1(y_true[p], y_pred[p]) for p in picks]
    assert np.allclose(np.percentile(found, [2.5, 50, 97.5]), np.percentile(slow, [2.5, 50, 97.5]), atol=0.01)


# Against pycocotools


def test_runs_are_pycocotools_runs() -> None:
    coco = pytest.importorskip("pycocotools.mask")
    for mask in masks():
        theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert coco.area(theirs) == area(encode(mask))
        assert (coco.decode(theirs) == decode(encode(mask), *mask.shape)).all()


@pytest.mark.slow
def test_encoding_and_decoding_are_as_fast_as_pycocotools() -> None:
    coco = pytest.importorskip("pycocotools.mask")
    mask = regions(2048, 20, 2)
    ordered = np.asfortranarray(mask)
    runs, theirs = encode(mask), coco.encode(ordered.view(np.uint8))
    assert _fastest(lambda: encode(mask)) <= _fastest(lambda: coco.encode(np.asfortranarray(mask.view(np.uint8))))
    assert _fastest(lambda: encode(ordered)) <= _fastest(lambda: coco.encode(ordered.view(np.uint8)))
    assert _fastest(lambda: decode(runs, 2048, 2048)) <= _fastest(lambda: coco.decode(theirs))


def _fastest(work: Callable[[], object], rounds: int = 15) -> float:
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)
