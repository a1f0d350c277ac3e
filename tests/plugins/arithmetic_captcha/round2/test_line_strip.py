"""Round 2's images, their lines, and the steps at which their characters are expected."""

import os
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha.image import read_captcha
from kit_plugins.arithmetic_captcha.round2 import grammar, inputs, line_strip
from kit_plugins.arithmetic_captcha.round2.synthetic import canvas


def test_the_same_generator_draws_the_same_image_of_the_contests_size():
    one, two = (canvas.draw("流=8;1+2*3-流/4", np.random.default_rng(7)) for _ in range(2))
    assert (one.image == two.image).all()
    assert one.image.shape[0] in canvas.HEIGHTS
    assert one.image.shape[1] in canvas.WIDTHS


def test_lines_are_found_and_hold_every_character():
    rng = np.random.default_rng(1)
    found = inside = characters = 0
    for _ in range(40):
        text = grammar.random_text(rng)
        drawn = canvas.draw(text, rng, tight=True)
        boxes = line_strip.find_lines(drawn.image)
        if len(boxes) == text.count(";") + 1:
            found += 1
            for box, middles in zip(boxes, drawn.middles, strict=True):
                inside += sum(box.left < x < box.right for x in middles)
                characters += len(middles)
    assert found >= 38
    assert inside >= 0.99 * characters


def test_no_ink_is_cut_off_at_the_top_or_the_bottom_of_a_line():
    """Parts of a fixed height lost 4 rows or more of a fraction in one image of ten."""
    rng = np.random.default_rng(5)
    lost = fixed = 0
    rows = []
    for _ in range(60):
        layout = canvas.lay_out(grammar.random_text(rng), rng, tight=True)
        boxes = line_strip.find_lines(canvas.paint(layout, rng))
        assert len(boxes) == len(layout.middles)
        height = np.median([box.height for box in boxes[:-1]])
        for box, band in zip(boxes, map(layout.band, range(len(boxes))), strict=True):
            ink = band.start + np.flatnonzero(layout.cover[band].max(axis=1) > 100)
            top, bottom = line_strip.rows_of(box, height)
            rows.append((bottom - top) / height)
            lost += top - ink[0] >= 4 or ink[-1] + 1 - bottom >= 4
            fixed += box.middle - line_strip.ABOVE * height - ink[0] >= 4
    assert lost == 0
    assert fixed > 0
    assert np.median(rows) < 1.1 * (line_strip.ABOVE + line_strip.BELOW)


def test_a_strip_has_its_size_and_the_steps_of_its_characters():
    ink, (classes, steps) = inputs.generated_example(np.random.default_rng(0))
    assert ink.shape == (1, line_strip.HEIGHT, line_strip.WIDTH)
    assert 0 <= ink.min() < ink.max() <= 1
    text = "".join(grammar.CHARSET[k] for k in classes if k != grammar.BLANK)
    assert grammar.matches(text)
    assert "".join(grammar.CHARSET[k] for k in steps if k not in (-1, grammar.BLANK)) == text
    shown = ink[0].max(axis=0).reshape(-1, line_strip.STEP).max(axis=1) > 0.3
    assert shown[(steps >= 0) & (steps != grammar.BLANK)].mean() > 0.9


def test_short_lines_are_widened_to_fill_the_strip_and_steps_follow():
    rng = np.random.default_rng(2)
    layout = canvas.lay_out("流=8;1+2*3-流/4", rng, tight=True)
    image = canvas.paint(layout, rng)
    boxes = line_strip.find_lines(image)
    plain, wide = (line_strip.join_lines(image, boxes, widest) for widest in (1.0, 1.5))
    assert wide.scale == pytest.approx(1.5 * plain.scale)
    ends = [np.flatnonzero(strip.ink[0].max(axis=0) > 0.3)[-1] for strip in (plain, wide)]
    assert ends[1] == pytest.approx(1.5 * ends[0], rel=0.1)
    last = layout.middles[1][-1]
    assert wide.step(1, last) == pytest.approx(1.5 * plain.step(1, last), abs=2)
    assert line_strip.join_lines(image, boxes, 99.0).ink[0].max(axis=0)[-30:].max() > 0.3


def test_equal_neighbours_are_expected_apart_so_that_ctc_keeps_both():
    for seed in range(60):
        _, (classes, steps) = inputs.generated_example(np.random.default_rng(seed))
        beside = (steps[1:] == steps[:-1]) & (steps[1:] >= 0) & (steps[1:] != grammar.BLANK)
        assert not beside.any(), seed
        path = [k for k, before in zip(steps, [-1, *steps], strict=False) if k != before]
        spelt = "".join(grammar.CHARSET[k] for k in path if k not in (-1, grammar.BLANK))
        assert spelt == "".join(grammar.CHARSET[k] for k in classes if k != grammar.BLANK)


def test_the_contests_own_image_falls_into_its_three_lines(real):
    picture = read_captcha(real / "captcha" / "round2" / "level2.jpg")
    boxes = line_strip.read_strip(picture, "level2.jpg").boxes
    assert [round(box.middle / 60) for box in boxes] == [2, 5, 8]
    assert all(box.left < 130 for box in boxes)
    assert [box.right > right for box, right in zip(boxes, (380, 400, 780), strict=True)] == [True] * 3


@pytest.fixture
def real():
    if not os.environ.get("KIT_TEST_DATA"):
        pytest.skip("KIT_TEST_DATA is not set")
    return Path(os.environ["KIT_TEST_DATA"])
