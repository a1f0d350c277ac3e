"""The generator: repeatable, varied, of the contest's look, and quick."""

import time

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, TEXT, draw, example, fonts, image
from kit_plugins.arithmetic_captcha.settings import CaptchaConfig

from kit import KitError, Sample

LOOKS = {"arithmetic": (draw.ROUND_1, "(4*8)-8"), "text": (draw.TEXT, "0OQ1")}


def drawn(look, text, seed):
    return draw.draw(text, look, np.random.default_rng(seed))


@pytest.mark.parametrize(("look", "text"), LOOKS.values(), ids=LOOKS)
def test_a_captcha_depends_on_its_generator_alone(look, text):
    first = drawn(look, text, 3)
    np.random.seed(1)  # a drawing that used the global generator would show here
    assert (first == drawn(look, text, 3)).all()
    assert (first != drawn(look, text, 4)).any()
    assert first.shape == (look.height, look.width, 3)
    assert first.dtype == np.uint8


def test_generated_captchas_resemble_the_librarys():
    captcha = pytest.importorskip("captcha.image")
    theirs = captcha.ImageCaptcha(170, 80)
    seen = [
        [image.network_input(np.asarray(theirs.generate_image("A7K2"))) for _ in range(60)],
        [image.network_input(drawn(draw.TEXT, "A7K2", seed)) for seed in range(60)],
    ]
    rows, columns = ([np.mean([x[0].mean(axis=axis) for x in part], axis=0) for part in seen] for axis in (1, 0))
    assert rows[0] == pytest.approx(rows[1], abs=0.08)  # as much ink at every height
    assert columns[0] == pytest.approx(columns[1], abs=0.2)


def test_faint_and_dark_texts_look_alike_to_the_network():
    dark = np.full((60, 180, 3), 250, np.uint8)
    dark[20:40, 40:80] = 30
    faint = np.where(dark == 30, 244, dark).astype(np.uint8)
    assert image.network_input(faint) == pytest.approx(image.network_input(dark), abs=0.02)


def test_the_minus_of_round_1_is_a_thin_dash():
    def ink(text):
        plain = draw.Look(180, 60, curve=0, gaps=0, dots=(0, 0), thin_minus=True)
        return np.mean([(drawn(plain, text, seed).min(axis=2) < 225).mean() for seed in range(30)])

    assert ink("1-1-1") < 0.8 * ink("1+1+1")


@pytest.mark.slow
def test_drawing_is_faster_than_the_library():
    captcha = pytest.importorskip("captcha.image")
    theirs = captcha.ImageCaptcha(180, 60)
    drawn(draw.ROUND_1, "(4*8)-8", 0)

    def seconds(work):
        start = time.process_time()
        for seed in range(200):
            work(seed)
        return time.process_time() - start

    ours = seconds(lambda seed: drawn(draw.ROUND_1, "(4*8)-8", seed))
    assert ours < 0.5 * seconds(lambda _: theirs.generate_image("(4*8)-8"))


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


def test_an_epoch_is_as_long_as_it_was_told():
    samples = [Sample(str(number), None) for number in range(10)]
    rng = np.random.default_rng(0)
    order = example.sampler(samples, rng, CaptchaConfig(repeats=3))
    assert sorted(order) == sorted(list(range(10)) * 3)
    assert len(example.sampler(samples, rng, CaptchaConfig(repeats=3, images=12))) == 12


def test_a_missing_font_says_what_to_install():
    with pytest.raises(KitError, match="pip install no-such-package"):
        fonts.font_path("no_such_package", "x.ttf")
