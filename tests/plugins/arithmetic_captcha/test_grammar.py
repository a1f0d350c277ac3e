"""What an expression is, what it is worth, and that every decoded text is valid and the best."""

import itertools
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC as TASK
from kit_plugins.arithmetic_captcha import ctc, decode, grammar, labels
from kit_plugins.arithmetic_captcha.grammar import ARITHMETIC, TEXT, Grammar

from kit import KitError

DATA = os.environ.get("KIT_TEST_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="KIT_TEST_DATA names no folder of contest files")
TINY = Grammar("ab(", (("ab", "ab"), ("(", "ab"), ("a", "(", "b")))


def log_probabilities(*shape, seed=0, sharp=2.0):
    logits = sharp * np.random.default_rng(seed).normal(size=shape)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def worth_by_postfix(expression):
    """The value by the shunting-yard algorithm, an independent way."""
    rank, output, waiting = {"+": 1, "-": 1, "*": 2}, [], []

    def apply():
        sign, b, a = waiting.pop(), output.pop(), output.pop()
        output.append(a + b if sign == "+" else a - b if sign == "-" else a * b)

    for character in expression:
        if character.isdigit():
            output.append(Fraction(character))
        elif character == "(":
            waiting.append(character)
        elif character == ")":
            while waiting[-1] != "(":
                apply()
            waiting.pop()
        else:
            while waiting and rank.get(waiting[-1], 0) >= rank[character]:
                apply()
            waiting.append(character)
    while waiting:
        apply()
    return output.pop()


def test_every_expression_of_the_grammar_has_the_value_that_another_algorithm_gives():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        expression = ARITHMETIC.draw(rng)
        assert ARITHMETIC.holds(expression)
        assert grammar.value(expression) == worth_by_postfix(expression)


@pytest.mark.parametrize(
    ("expression", "worth"),
    [("8-3-2", 3), ("2+3*4", 14), ("(2+3)*4", 20), ("9*(9*9)", 729), ("0-9*9", -81), ("2-(3+4)", -5)],
)
def test_the_usual_precedence_holds(expression, worth):
    assert grammar.value(expression) == worth


@pytest.mark.parametrize(
    "text", ["", "(", "1+", "+1", "1+2)", "(1+2", "1 + 2", "1**2", "()", "1/2", "__import__", "²+1+1", "１+1+1"]
)
def test_what_is_no_expression_has_no_value(text):
    assert grammar.value(text) is None


def test_a_hostile_line_neither_overflows_the_stack_nor_takes_long():
    assert grammar.value("(" * 100_000) is None
    assert grammar.value("(" * 100_000 + "1") is None


@pytest.mark.parametrize("text", ["1+2", "(1+2+3)", "12+3+4", "1+2+3 ", "(1)+2+3", "1/2+3", "((1+2)+3)", ")1+2(+3"])
def test_expressions_of_another_form_are_outside_the_grammar(text):
    assert not ARITHMETIC.holds(text)


@needs_data
def test_all_real_labels_parse_and_all_their_results_follow():
    path = Path(DATA) / "captcha" / "labels_round1_100k.txt"
    found = labels.expressions(path, 100_000)
    assert found[:3] == ["(4*8)+8", "7+3*0", "5+(5+2)"]
    assert {len(expression) for expression in found} == {5, 7}


def test_classes_spell_the_text_they_encode():
    for text in ("7+3*0", "(4*8)+8", "5+(5-2)"):
        assert ARITHMETIC.spell(ARITHMETIC.encode(text)) == text


def texts_of(grammar_):
    return ["".join(text) for template in grammar_.templates for text in itertools.product(*template)]


def test_decoding_by_place_finds_the_best_of_all_valid_texts():
    scores = log_probabilities(40, TINY.places, 4)
    every = texts_of(TINY)
    for row, found in zip(scores, decode.decode(list(scores), TINY), strict=True):
        totals = [row[np.arange(TINY.places), TINY.encode(text)].sum() for text in every]
        assert found == every[int(np.argmax(totals))]


def alignments(text, steps, blank, charset):
    """Every path of classes that CTC reads as the text, by trying them all."""
    for path in itertools.product(range(blank + 1), repeat=steps):
        merged = [k for k, _ in itertools.groupby(path)]
        if "".join(charset[k] for k in merged if k != blank) == text:
            yield path


def test_decoding_a_path_finds_the_best_alignment_of_each_template_and_compares_their_sums():
    scores = log_probabilities(12, 5, 4, seed=1)
    paths = {text: list(alignments(text, 5, 3, "ab(")) for text in texts_of(TINY)}
    assert all(paths.values())
    for row, found in zip(scores, decode.decode(list(scores), TINY), strict=True):
        worth = {text: [row[np.arange(5), path].sum() for path in held] for text, held in paths.items()}
        finalists = []
        for template in TINY.templates:
            of_template = ["".join(text) for text in itertools.product(*template)]
            finalists.append(max(of_template, key=lambda text: max(worth[text])))
        assert found == max(finalists, key=lambda text: np.logaddexp.reduce(worth[text]))


def test_the_likelihood_of_a_text_is_the_sum_over_its_alignments():
    scores = log_probabilities(1, 6, 4, seed=3)
    for text in ("aa", "ab", "(a", "a(b"):
        classes = np.array([["ab(".index(c) for c in text]])
        by_hand = np.logaddexp.reduce([scores[0, np.arange(6), p].sum() for p in alignments(text, 6, 3, "ab(")])
        assert ctc.log_likelihood(scores, classes, 3)[0] == pytest.approx(by_hand)


@pytest.mark.parametrize("steps", [7, 24])
def test_whatever_a_model_says_every_line_is_valid(steps):
    noise = log_probabilities(500, steps, 16, seed=4, sharp=6)
    for expression in decode.decode(list(noise), ARITHMETIC):
        assert ARITHMETIC.holds(expression)
    rows = list(TASK.writer([], list(noise), {}))
    assert all(labels.judge(*row) is None for row in rows)


@pytest.mark.parametrize("steps", [4, 20])
def test_text_captchas_decode_to_four_characters_even_where_neighbours_are_equal(steps):
    scores = np.full((1, steps, 37), -20.0)
    classes = TEXT.encode("0AAO")
    if steps == 4:
        scores[0, np.arange(4), classes] = 0
    else:
        scores[:, :, 36] = 0
        for place, k in enumerate(classes):
            scores[0, 4 * place + 2, [36, k]] = [-20, 0]
    assert decode.decode(list(scores), TEXT) == ["0AAO"]


def test_models_are_averaged_on_their_log_probabilities():
    a, b = log_probabilities(2, 7, 16)
    mean = decode.average([a, b])
    assert np.exp(mean).sum(axis=1) == pytest.approx(1)
    assert mean - mean[:, :1] == pytest.approx(((a + b) / 2) - ((a + b) / 2)[:, :1])


def test_models_of_different_kinds_do_not_average():
    with pytest.raises(KitError, match="same steps"):
        decode.average([log_probabilities(7, 16), log_probabilities(24, 16)])
