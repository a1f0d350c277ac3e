"""Digits are transformed on the device as the readers transform them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from kit_plugins.digit_recognizer import TASK
from kit_plugins.digit_recognizer.inputs import example
from kit_plugins.digit_recognizer.model_maps import augment

from kit import Sample
from kit.device import paddle


def test_the_device_draws_and_applies_the_maps_of_the_readers():
    rng = np.random.default_rng(0)
    strokes = np.zeros((16, 28, 28), np.uint8)
    strokes[:, 6:22, 11:17] = rng.integers(100, 256, (16, 1, 1))
    x = (strokes / np.float32(255))[:, None]
    found, labels = augment(paddle.to_tensor(x), [3], np.random.default_rng(7), TASK.config)
    one = np.random.default_rng(7)
    expected = np.stack([example(Sample("1", stroke, 3), one, TASK.config)[0] for stroke in strokes])
    # A reader works on bytes and rounds positions to 1/32 of a pixel.
    assert np.abs(found.numpy() - expected).max() < 0.05
    assert np.abs(found.numpy() - x).max() > 0.5
    assert labels == [3]


def test_without_limits_nothing_moves():
    x = np.random.default_rng(0).random((2, 1, 28, 28)).astype(np.float32)
    still = replace(TASK.config, rotation=0.0, zoom=0.0, shift=0.0, shear=0.0)
    found, _ = augment(paddle.to_tensor(x), None, np.random.default_rng(7), still)
    np.testing.assert_allclose(found.numpy(), x, atol=1e-5)
