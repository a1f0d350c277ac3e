"""Round 2's texts: which are valid, and their exact values."""

from fractions import Fraction

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha.round2 import grammar, value

CONTEST = {  # published examples of the contest's labels
    "流=42072;圳=86;(圳-(97510*45921))*流/35864": -5.252849e09,
    "回=38093;铁=50521;铁*(4560-64206-回/47726)": -3.013416e09,
    "到=37808;(10220+到/78589)*(70612*88431)": 6.381965e13,
    "不=87863;42263*57806-不/76028*38980": 2.443010e09,
    "到=94310;锁=61045;((63526+锁)-21038)*到/81905": 1.192137e05,
}


@pytest.mark.parametrize("text", CONTEST)
def test_the_contests_labels_match_and_have_the_value_that_it_states(text):
    assert grammar.matches(text)
    assert float(value.value_of(text)) == pytest.approx(CONTEST[text], rel=1e-6)
    assert value.answer_fault(text, f"{CONTEST[text]:.6e}") is None


@pytest.mark.parametrize(
    "text",
    [
        "流=42072;流/35864",  # one operand
        "流=1;(1+2)+流/3+4+5",  # five operands
        "流=1;1+2+3+4",  # no fraction
        "流=1;1+2/3+4+5",  # a number above
        "流=01;1+2+3+流/4",
        "流=1;1+2+3+流/100001",
        "流=1;圳=2;1+2+3+流/4",  # an assigned character is missing
        "流=1;1+2+3+圳/4",
        "流=1;流=2;流+2+3+流/4",
        "流=1;(1+2+3+流/4)",  # not one of the eleven
        "流=1;(1+2+3+流/4",
        "",
    ],
)
def test_what_the_contest_does_not_write_is_outside_the_grammar(text):
    assert not grammar.matches(text)


def test_every_form_of_a_text_is_in_the_grammar_and_drawn_ones_are_as_measured():
    rng = np.random.default_rng(0)
    drawn = [grammar.random_text(rng) for _ in range(1500)]
    assert all(grammar.matches(text) for text in drawn)
    assert np.mean([text.count(";") for text in drawn]) == pytest.approx(5 / 3, abs=0.05)
    assert np.mean([text.count("(") for text in drawn]) == pytest.approx(15 / 11, abs=0.1)
    assert all(sum(text.count(sign) for sign in "+-*/") == 4 and text.count("/") == 1 for text in drawn)
    heads = [text[0] for text in drawn]
    assert set(heads) == set(grammar.HAN)
    assert heads.count("不") > 1.3 * len(heads) / 27
    assert len({skeleton.partition(";")[2] for skeleton in grammar.skeletons()}) == len(set(grammar.skeletons()))


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("流=6;1-2-流/4", Fraction(-5, 2)),
        ("流=6;圳=5;(圳-(2*3))*流/4", Fraction(-3, 2)),
        ("流=6;流/0+1", None),
        ("流=6;圳/2", None),
        ("流=6;6/2)", None),
        ("流=6;(6/2", None),
        ("流=6.5;流/2", None),
        ("流=6;流=7;流/2", None),
        ("6/2", Fraction(3)),
        ("(" * 5000, None),
        ("流=" + "9" * 5000 + ";流/1", None),
        ("__import__('os')", None),
    ],
)
def test_values_are_exact_and_nothing_else_is_evaluated(text, exact):
    assert value.value_of(text) == exact
