import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import Label, mask_on_grid, whole_mask
from kit_plugins.pathology_segmentation.baseline import CHANNELS, Threshold, channels
from kit_plugins.pathology_segmentation.color_deconvolution import jitter_stains, separate_stains
from kit_plugins.pathology_segmentation.inputs import example
from kit_plugins.pathology_segmentation.postprocessing import full_size_mask, remove_small
from kit_plugins.pathology_segmentation.reader import read
from kit_plugins.pathology_segmentation.rle import decode, from_text
from kit_plugins.pathology_segmentation.slide import open_slide
from kit_plugins.pathology_segmentation.sliding_window import HALO_AND_STRIDE, infer
from kit_plugins.pathology_segmentation.tune import best_threshold, counts, tune
from kit_plugins.pathology_segmentation.writer import masks, rows

from kit import Evidence, KitError, Sample

CONFIG = TASK.config


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slides")
    TASK.sample(folder, 5, 0)
    return folder


@pytest.fixture
def slide(tmp_path: Path) -> Sample:
    """A slide of odd sides, of smooth noise."""
    image = np.random.default_rng(0).integers(0, 256, (411, 297, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), cv2.GaussianBlur(image, (0, 0), 2))
    return Sample("a", str(tmp_path / "a.png"), Label(None))


def trained(name: str):
    """A network whose batch normalisation has seen other figures than zero and one, and whose outputs are not flat."""
    paddle = pytest.importorskip("paddle")
    paddle.seed(1)
    config = replace(CONFIG, model=name, width=8)
    if name == "fcn":
        from kit_plugins.pathology_segmentation.model import Fcn8s

        layer = Fcn8s(0.5, divisor=32)  # as wide a view at a thousandth of the work
    else:
        layer = TASK.models[name].build(config)
    batch = np.random.default_rng(2).integers(0, 256, (2, 3, 64, 64), np.uint8)
    layer.train()
    for _ in range(3):
        layer(paddle.to_tensor(batch))
    layer.eval()
    objective = TASK.objective

    def forward(x: np.ndarray) -> np.ndarray:
        with paddle.no_grad():
            return objective.activation(layer(paddle.to_tensor(x))).numpy()

    return layer, forward, config


# Windows


@pytest.mark.parametrize(("name", "sizes"), [("unet", (80, 160, 1024)), ("fcn", (96, 1024))])
def test_a_prediction_does_not_depend_on_the_window(slide: Sample, name: str, sizes: tuple[int, ...]) -> None:
    _, forward, config = trained(name)
    found = [infer(forward, slide, replace(config, window=size)).astype(np.float32) for size in sizes]
    assert found[0].std() > 1e-3
    for other in found[1:]:
        assert other.shape == found[0].shape
        assert np.abs(other - found[0]).max() <= 1e-3


@pytest.mark.parametrize("name", ["unet", "fcn"])
def test_the_halo_covers_what_the_network_sees(name: str) -> None:
    """Change everything further away than the halo: the prediction in the middle stays."""
    _, forward, _ = trained(name)
    halo, stride = HALO_AND_STRIDE[name]
    side = 2 * halo + stride
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (1, 3, side + 2 * stride, side + 2 * stride), np.uint8)
    other = 255 - first
    inner = slice(stride, stride + side)
    other[:, :, inner, inner] = first[:, :, inner, inner]
    a, b = forward(first)[0], forward(other)[0]
    scale = first.shape[2] // a.shape[0]
    middle = slice((stride + halo) // scale, (2 * stride + halo) // scale)
    assert np.abs(a[middle, middle] - b[middle, middle]).max() < 1e-5
    assert np.abs(a[0] - b[0]).max() > 1e-4  # it does see what is near


def test_every_pixel_gets_its_own_prediction(slide: Sample) -> None:
    """With a forward that returns the red channel, a prediction is the slide at half its size."""

    def forward(batch: np.ndarray) -> np.ndarray:
        return batch[:, 0].astype(np.float32) / 255

    image = open_slide(slide.x).read(0, 411, 0, 297)
    for window in (16, 64, 512):
        found = infer(forward, slide, replace(CONFIG, window=window))
        assert found.shape == (206, 149) and found.dtype == np.float16
        small = image[:410, :296, 0].reshape(205, 2, 148, 2).mean(axis=(1, 3)) / 255
        assert np.abs(found[:205, :148] - small).max() < 4e-3


def test_a_window_smaller_than_the_stride_is_refused(slide: Sample) -> None:
    with pytest.raises(KitError, match="window"):
        infer(lambda batch: batch[:, 0], slide, replace(CONFIG, window=8))


def test_views_of_a_window_are_undone_on_its_predictions() -> None:
    batch = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 48), np.uint8)
    seen = {view.apply(batch).tobytes() for view in TASK.views}
    assert len(seen) == 7
    for view in TASK.views:
        assert (view.undo(view.apply(batch)[:, 0]) == batch[:, 0]).all()


# Networks and loss


def test_the_loss_is_low_for_right_and_high_for_wrong_answers() -> None:
    paddle = pytest.importorskip("paddle")
    y = np.zeros((2, 8, 8), np.uint8)
    y[:, :4] = 1
    right = paddle.to_tensor(np.where(y, 12.0, -12.0).astype(np.float32))
    loss = TASK.objective.loss
    assert float(loss(right, paddle.to_tensor(y), CONFIG)) < 0.01
    assert float(loss(-right, paddle.to_tensor(y), CONFIG)) > 10
    coarse = paddle.to_tensor(np.where(y[:, ::2, ::2], 12.0, -12.0).astype(np.float32))
    assert float(loss(coarse, paddle.to_tensor(y), CONFIG)) < 0.01
    none = paddle.to_tensor(np.zeros_like(y))
    assert float(loss(paddle.full([2, 8, 8], -12.0), none, CONFIG)) < 0.1  # a batch without cancer


@pytest.mark.parametrize("name", ["unet", "fcn"])
def test_every_weight_learns(name: str) -> None:
    layer, _, config = trained(name)
    import paddle

    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (2, 3, 64, 64), np.uint8), (rng.random((2, 64, 64)) < 0.4).astype(np.uint8)
    layer.train()
    TASK.objective.loss(layer(paddle.to_tensor(x)), paddle.to_tensor(y), config).backward()
    learning = [(key, tensor) for key, tensor in layer.named_parameters() if not tensor.stop_gradient]
    for parameter, tensor in learning:
        assert tensor.grad is not None and np.isfinite(tensor.grad.numpy()).all(), parameter
        assert np.abs(tensor.grad.numpy()).max() > 0, parameter


def test_fcn_takes_the_weights_of_a_vgg_by_name() -> None:
    pytest.importorskip("paddle")
    from paddle.vision.models import vgg16

    fcn = TASK.models["fcn"].build(replace(CONFIG, model="fcn"))
    own = {name: tuple(t.shape) for name, t in fcn.state_dict().items() if name.startswith("features")}
    theirs = {name: tuple(t.shape) for name, t in vgg16().state_dict().items() if name.startswith("features")}
    assert own == theirs and len(own) == 26


# Stains and the baseline


def test_stains_are_taken_apart_as_scikit_image_does() -> None:
    colour = pytest.importorskip("skimage.color")
    pixels = np.random.default_rng(0).integers(5, 256, (50, 50, 3), np.uint8)
    theirs = colour.rgb2hed(pixels)
    ours = np.maximum(separate_stains(pixels), 0)
    for channel in range(2):
        assert np.corrcoef(ours[..., channel].ravel(), theirs[..., channel].ravel())[0, 1] > 0.98


def test_stain_jitter_keeps_glass_bright_and_changes_the_rest() -> None:
    pixels = np.full((8, 8, 3), 250, np.uint8)
    pixels[4:] = (150, 90, 170)
    found = [jitter_stains(pixels, 0.2, np.random.default_rng(seed)) for seed in range(8)]
    assert len({f.tobytes() for f in found}) == 8
    assert min(f[:4].min() for f in found) > 225
    assert (jitter_stains(pixels, 0.0, np.random.default_rng(0)).astype(int) - pixels).max() <= 1


def test_the_baseline_finds_the_channel_and_the_threshold() -> None:
    rng = np.random.default_rng(0)
    y = rng.random((3, 32, 32)) < 0.3
    x = rng.integers(0, 256, (3, 3, 32, 32), np.uint8)
    x[:, 1] = np.where(y, rng.integers(0, 100, y.shape), rng.integers(110, 256, y.shape))
    model = Threshold().fit(x, y.astype(np.uint8))
    assert CHANNELS[model.channel] == "green" and 98 <= model.cut <= 109 and not model.above
    assert ((model.predict_proba(x) >= 0.5) == y).all()
    assert channels(x[0].transpose(1, 2, 0)).shape == (len(CHANNELS), 32, 32)


def test_the_baseline_is_persisted_without_pickle(tmp_path: Path) -> None:
    from skops import io

    model = Threshold()
    model.channel, model.cut, model.above = 4, 77, False
    io.dump(model, tmp_path / "model.skops")
    again = io.load(tmp_path / "model.skops", trusted=io.get_untrusted_types(file=tmp_path / "model.skops"))
    assert (again.channel, again.cut, again.above) == (4, 77, False)


# From probabilities to rows


def test_small_objects_and_small_holes_go() -> None:
    mask = np.zeros((40, 40), bool)
    mask[2:20, 2:20], mask[8:10, 8:10] = True, False  # a region of 320 pixels with a hole of 4
    mask[30:33, 30:33] = True  # 9 pixels
    mask[33, 33] = True  # touches it at a corner
    found = remove_small(mask, 11, 5)
    assert found[2:20, 2:20].all() and not found[30:34, 30:34].any()
    assert (remove_small(mask, 10, 4) == mask).all() and (remove_small(mask, 0, 0) == mask).all()


def test_a_bay_at_the_edge_is_no_hole() -> None:
    mask = np.ones((20, 20), bool)
    mask[0:2, 5:7] = False
    assert (remove_small(mask, 0, 100) == mask).all()


def test_masks_have_the_slide_s_size_and_rows_say_the_same(slide: Sample) -> None:
    values = np.zeros((103, 75), np.float16)  # a quarter of 411 x 297, rounded up
    values[20:60, 10:50] = 0.9
    (name, mask), (id, runs) = next(masks([slide], [values], {})), next(iter(rows([slide], [values], {})))
    assert name == "a.region.png" and id == "a"
    assert mask.shape == (411, 297) and set(np.unique(mask)) == {0, 255}
    assert (decode(from_text(runs), 411, 297) == (mask > 0)).all()
    assert (mask > 0).sum() == pytest.approx(160 * 160, rel=0.02)
    assert mask[90:230, 50:190].all()
    assert not full_size_mask(values, 411, 297, {"threshold": 0.95}).any()
    assert not full_size_mask(values, 411, 297, {"smallest_object": 26_000}).any()


def test_the_threshold_with_the_best_pooled_f1_is_chosen() -> None:
    rng = np.random.default_rng(0)
    truths = [rng.random((64, 64)) < share for share in (0.3, 0.1)]
    values = [np.clip(0.2 + 0.25 * t + rng.normal(0, 0.1, t.shape), 0, 1).astype(np.float16) for t in truths]
    found = best_threshold(values, truths, [4, 4])

    def f1(threshold: float) -> float:
        guess = [v >= threshold for v in values]
        both = sum((g & t).sum() for g, t in zip(guess, truths, strict=True))
        return 2 * both / sum(g.sum() + t.sum() for g, t in zip(guess, truths, strict=True))

    assert f1(found) >= max(f1(t) for t in np.arange(0.1, 0.9, 0.005)) - 1e-3
    thresholds, given, both = counts(values, truths, [4, 4])
    at = int(np.flatnonzero(thresholds == 0.35)[0])
    assert given[at] == pytest.approx(4 * sum((v.astype(np.float32) >= 0.35).sum() for v in values), rel=0.01)
    assert both[0] == 4 * sum(t.sum() for t in truths)


def test_noise_leads_to_a_rule_against_small_objects(data: Path) -> None:
    samples = [s for s in read(data, "train") if s.y != Label(None)]
    rng = np.random.default_rng(0)
    values = []
    for sample in samples:
        truth = mask_on_grid(sample.y, sample.x, (256, 256))
        specks = cv2.dilate((rng.random(truth.shape) < 0.004).astype(np.uint8), np.ones((4, 4))) > 0
        values.append(np.where(truth | specks, 0.8, 0.1).astype(np.float16))
    found = tune(samples, values, CONFIG)
    assert found["smallest_object"] > 0 and 0.1 < found["threshold"] <= 0.8
    assert tune([Sample("x", samples[0].x, Label(None))], values[:1], CONFIG)["threshold"] == 0.5


def test_a_perfect_prediction_scores_almost_perfectly(data: Path) -> None:
    from kit.scoring import held_out_score

    samples = read(data, "train")
    values = [mask_on_grid(s.y, s.x, (256, 256)).astype(np.float16) for s in samples]
    score, details = held_out_score(TASK, samples, values, tune(samples, values, CONFIG))
    assert score > 0.985 and details["mean_f1_per_image"] > 0.985
    assert details["images_with_cancer"] == 4 and details["images_predicted_with_cancer"] == 4


def test_the_report_shows_the_curve_and_the_best_and_worst_slides(data: Path) -> None:
    samples = read(data, "train")
    values = [cv2.blur(mask_on_grid(s.y, s.x, (256, 256)).astype(np.float32), (9, 9)) for s in samples]
    found = list(TASK.figures(Evidence(samples, values, {}, {"threshold": 0.4}, {})))
    assert [figure.title for figure in found] == ["Precision and recall", "Worst slides", "Best slides"]
    for figure in found:
        assert cv2.imdecode(np.frombuffer(figure.png, np.uint8), cv2.IMREAD_COLOR) is not None
    assert TASK.picture(samples[0]).shape == (512, 512, 3)
    assert not list(TASK.figures(Evidence([samples[4]], [np.zeros((256, 256))], {}, {}, {})))


def test_answers_of_the_sample_are_the_true_masks(data: Path) -> None:
    samples = read(data, "train")
    for id, runs in TASK.truth(samples):
        sample = next(s for s in samples if s.id == id)
        slide = open_slide(sample.x)
        assert (decode(from_text(runs), slide.height, slide.width) == whole_mask(sample.y, slide)).all()


# Alone and together


def test_discovery_and_the_check_import_neither_paddle_nor_opencv_s_friends() -> None:
    code = (
        "import sys, kit_plugins.pathology_segmentation as p; p.TASK.format.columns[1].rule('1 2')\n"
        "names = 'paddle', 'tifffile', 'imagecodecs', 'defusedxml', 'PIL', 'sklearn', 'h5py'\n"
        "print([name for name in names if name in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_a_patch_of_the_test_part_needs_no_truth(data: Path) -> None:
    x, y = example(read(data, "test")[0], None, CONFIG)
    assert x.shape == (3, 192, 192) and y is None


@pytest.mark.slow
@pytest.mark.parametrize(("model", "least"), [("unet", 0.85), ("baseline", 0.3)])
def test_the_sample_is_learned(kit_process, tmp_path: Path, model: str, least: float) -> None:
    import json

    found = kit_process("run", TASK.name, "--sample", "--model", model, cwd=tmp_path, timeout=1200)
    assert found.returncode == 0, found.stderr
    score = json.loads((tmp_path / found.stdout.strip().splitlines()[-1] / "score.json").read_text())
    assert score["score"] >= least
