"""Examples: what is read, what is generated, and how many an epoch has."""

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, TEXT, inputs
from kit_plugins.arithmetic_captcha.config import CaptchaConfig
from kit_plugins.arithmetic_captcha.round1.inputs import network_input

from kit import Sample


def test_faint_and_dark_texts_look_alike_to_the_network():
    dark = np.full((60, 180, 3), 250, np.uint8)
    dark[20:40, 40:80] = 30
    faint = np.where(dark == 30, 244, dark).astype(np.uint8)
    assert network_input(faint) == pytest.approx(network_input(dark), abs=0.02)


def test_training_mixes_given_images_with_drawn_ones(tmp_path):
    ARITHMETIC.sample(tmp_path, 4, 0)
    sample = ARITHMETIC.reader(tmp_path, "train")[0]
    given = ARITHMETIC.example(sample, None, ARITHMETIC.config)
    config = CaptchaConfig(generated=0.5, binarised=0.0)
    made = [ARITHMETIC.example(sample, np.random.default_rng(seed), config) for seed in range(200)]
    same = sum((x == given[0]).all() for x, _ in made)
    assert 70 < same < 130
    assert all((y == given[1]).all() for x, y in made if (x == given[0]).all())


def test_prediction_reads_the_image_and_draws_nothing(tmp_path):
    TEXT.sample(tmp_path, 4, 0)
    sample = TEXT.reader(tmp_path, "test")[0]
    x, y = TEXT.example(sample, None, TEXT.config)
    assert x.shape == (1, 48, 96)
    assert 0 <= x.min() < 0.1 < x.max() <= 1
    assert y is None


def test_an_epoch_is_as_long_as_the_settings_say():
    samples = [Sample(str(number), None) for number in range(10)]
    rng = np.random.default_rng(0)
    order = inputs.sampler(samples, rng, CaptchaConfig(repeats=3))
    assert sorted(order) == sorted(list(range(10)) * 3)
    assert len(inputs.sampler(samples, rng, CaptchaConfig(repeats=3, images=12))) == 12
