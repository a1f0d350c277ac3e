"""Examples: what is read, what is generated, and how many an epoch has."""

from dataclasses import replace

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, TEXT, inputs
from kit_plugins.arithmetic_captcha.config import CaptchaConfig, LineConfig
from kit_plugins.arithmetic_captcha.round1.inputs import network_input
from kit_plugins.arithmetic_captcha.text.inputs import random_text

from kit import KitError, Sample


def test_faint_and_dark_texts_look_alike_to_the_network():
    dark = np.full((60, 180, 3), 250, np.uint8)
    dark[20:40, 40:80] = 30
    faint = np.where(dark == 30, 244, dark).astype(np.uint8)
    assert network_input(faint) == pytest.approx(network_input(dark), abs=0.02)


def test_training_mixes_given_images_with_drawn_ones(tmp_path):
    ARITHMETIC.sample(tmp_path, 4, 0)
    sample = ARITHMETIC.reader(tmp_path, "train")[0]
    given = ARITHMETIC.example(sample, None, ARITHMETIC.config)
    config = LineConfig(generated=0.5, binarised=0.0)
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


@pytest.mark.parametrize(
    ("task", "shape", "length"),
    [(ARITHMETIC, (1, 40, 120), 7), (TEXT, (1, 40, 80), 4)],
    ids=["arithmetic", "text"],
)
def test_more_rows_are_more_columns_too_and_every_own_network_is_built_for_them(task, shape, length, tmp_path):
    paddle = pytest.importorskip("paddle")
    task.sample(tmp_path, 1, 0)
    config = replace(task.config, rows=40)
    x, _ = task.example(task.reader(tmp_path, "train")[0], None, config)
    assert x.shape == shape
    for name in ("crnn", "pointing", "heads"):
        layer = task.model(name)[1].build(config)
        layer.eval()
        assert layer(paddle.to_tensor(x[None])).shape[1] == (shape[2] // 4 if name == "crnn" else length)


def test_rows_that_the_networks_cannot_halve_are_refused(tmp_path):
    TEXT.sample(tmp_path, 1, 0)
    with pytest.raises(KitError, match="'rows' is out of range"):
        TEXT.example(TEXT.reader(tmp_path, "train")[0], None, replace(TEXT.config, rows=50))


def test_texts_that_look_alike_are_as_frequent_as_the_setting_says():
    def fraction(alike):
        texts = [random_text(np.random.default_rng(seed), alike) for seed in range(400)]
        return np.mean([character in "0O" for text in texts for character in text])

    assert fraction(0.0) == pytest.approx(2 / 36, abs=0.02)
    assert fraction(0.5) == pytest.approx(0.5 * 2 / 36 + 0.5 * (0.5 + 1 / 36), abs=0.04)
