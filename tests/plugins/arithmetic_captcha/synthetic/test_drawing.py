"""The generator: repeatable, varied, of the contest's look, and quick."""

import time

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha.round1.inputs import network_input
from kit_plugins.arithmetic_captcha.synthetic import drawing, fonts

from kit import KitError

LOOKS = {"arithmetic": (drawing.ROUND_1, "(4*8)-8"), "text": (drawing.TEXT, "0OQ1")}


def drawn(look, text, seed):
    return drawing.draw(text, look, np.random.default_rng(seed))


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
        [network_input(np.asarray(theirs.generate_image("A7K2"))) for _ in range(60)],
        [network_input(drawn(drawing.TEXT, "A7K2", seed)) for seed in range(60)],
    ]
    rows, columns = ([np.mean([x[0].mean(axis=axis) for x in part], axis=0) for part in seen] for axis in (1, 0))
    assert rows[0] == pytest.approx(rows[1], abs=0.08)  # as much ink at every height
    assert columns[0] == pytest.approx(columns[1], abs=0.2)


def test_the_minus_of_round_1_is_a_thin_dash():
    def ink(text):
        plain = drawing.Look(180, 60, curve=0, gaps=0, dots=(0, 0), thin_minus=True)
        return np.mean([(drawn(plain, text, seed).min(axis=2) < 225).mean() for seed in range(30)])

    assert ink("1-1-1") < 0.8 * ink("1+1+1")


@pytest.mark.slow
def test_drawing_is_faster_than_the_library():
    captcha = pytest.importorskip("captcha.image")
    theirs = captcha.ImageCaptcha(180, 60)
    drawn(drawing.ROUND_1, "(4*8)-8", 0)

    def seconds(work):
        start = time.process_time()
        for seed in range(200):
            work(seed)
        return time.process_time() - start

    ours = seconds(lambda seed: drawn(drawing.ROUND_1, "(4*8)-8", seed))
    assert ours < 0.5 * seconds(lambda _: theirs.generate_image("(4*8)-8"))


def test_a_missing_font_says_what_to_install():
    with pytest.raises(KitError, match="pip install no-such-package"):
        fonts.font_path("no_such_package", "x.ttf")


def test_missing_chinese_characters_say_which_package_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(KitError, match="pip install pylopdf-fonts-zh-cn"):
        fonts.font_path(*fonts.HAN_FONTS[0])
