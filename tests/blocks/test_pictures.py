"""Inputs and augmentations of images."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kit.blocks import augment, inputs
from kit.errors import SampleError


@pytest.fixture
def picture():
    return np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype=np.uint8)


def test_an_image_is_decoded_from_a_path_bytes_or_an_array(picture, tmp_path):
    Image.fromarray(picture).save(tmp_path / "a.png")
    for source in (tmp_path / "a.png", str(tmp_path / "a.png"), (tmp_path / "a.png").read_bytes(), picture):
        assert np.array_equal(inputs.decode(source), picture)
    with pytest.raises(SampleError):
        inputs.decode(b"no image")


@pytest.mark.parametrize("channels", [None, 1, 3])
def test_resize_keeps_the_axes(picture, channels):
    image = picture[..., 0] if channels is None else picture[..., :channels]
    for size in ((6, 8), (24, 7), (12, 16)):
        assert inputs.resize(image, size).shape == (*size, *image.shape[2:])
    assert inputs.resize(image, 5).shape[:2] == (5, 5)


def test_resize_averages_where_an_image_shrinks_and_keeps_the_values_of_masks():
    board = np.indices((8, 8)).sum(0).astype(np.uint8) % 2 * 200
    assert (inputs.resize(board, 4) == 100).all()
    mask = board > 0
    assert inputs.resize(mask, 5, nearest=True).dtype == bool


def test_crop_takes_the_middle_or_anywhere(picture):
    assert np.array_equal(inputs.crop(picture, (4, 6)), picture[4:8, 5:11])
    crops = {inputs.crop(picture, 8, np.random.default_rng(n)).tobytes() for n in range(20)}
    assert len(crops) > 5
    with pytest.raises(ValueError, match="smaller"):
        inputs.crop(picture, 13)


def test_normalize_gives_channels_first_with_the_mean_taken_away(picture):
    x = inputs.normalize(picture, (0.5, 0.4, 0.3), (0.2, 0.2, 0.1))
    assert x.shape == (3, 12, 16)
    assert x.dtype == np.float32
    assert x[2, 3, 4] == pytest.approx((picture[3, 4, 2] / 255 - 0.3) / 0.1, rel=1e-5, abs=1e-5)
    with pytest.raises(ValueError, match="uint8"):
        inputs.normalize(picture / 255)


@pytest.mark.parametrize("name", ["flip", "shift_scale_rotate", "color_jitter", "cutout"])
def test_an_augmentation_repeats_with_its_seed_and_leaves_its_input_alone(name, picture):
    function, before = getattr(augment, name), picture.copy()
    results = [function(picture, np.random.default_rng(seed)) for seed in (5, 5, 6, 7, 8, 9)]
    assert all(result.shape == picture.shape and result.dtype == np.uint8 for result in results)
    assert np.array_equal(results[0], results[1])
    assert len({result.tobytes() for result in results}) > 1
    assert np.array_equal(picture, before)


def test_without_strength_nothing_changes(picture):
    rng = np.random.default_rng(0)
    assert np.array_equal(augment.shift_scale_rotate(picture, rng, shift=0, scale=0, degrees=0), picture)
    assert np.array_equal(augment.color_jitter(picture, rng, brightness=0, contrast=0, saturation=0), picture)


def test_an_image_and_its_mask_move_alike():
    mask = np.zeros((40, 40), bool)
    mask[10:22, 14:30] = True
    image = np.repeat(mask[..., None], 3, 2).astype(np.uint8) * 255
    moved = augment.shift_scale_rotate(image, np.random.default_rng(4))
    moved_mask = augment.shift_scale_rotate(mask, np.random.default_rng(4), nearest=True)
    assert np.mean((moved[..., 0] > 127) == moved_mask) > 0.97
    assert not np.array_equal(moved_mask, mask)


def test_mixed_labels_follow_what_is_mixed():
    x = np.repeat(np.arange(4, dtype=np.float32), 64).reshape(4, 1, 8, 8)
    y = np.arange(4, dtype=np.float32)[:, None]
    for mix in (augment.mixup, augment.cutmix):
        mixed, labels = mix(x, y, np.random.default_rng(2))
        assert np.allclose(mixed.mean((1, 2, 3)), labels[:, 0], atol=1e-5)
        assert not np.array_equal(mixed, x)
    with pytest.raises(ValueError, match="one-hot"):
        augment.mixup(x, np.arange(4), np.random.default_rng(0))
