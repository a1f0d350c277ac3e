"""Decoding finds the best valid text, and every decoded text is valid."""

import itertools

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ctc, decode
from kit_plugins.arithmetic_captcha.grammar import Grammar
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS
from kit_plugins.arithmetic_captcha.round1.result import answer_fault
from kit_plugins.arithmetic_captcha.round1.writer import write
from kit_plugins.arithmetic_captcha.text.grammar import CHARACTERS

from kit import KitError

TINY = Grammar("ab(", (("ab", "ab"), ("(", "ab"), ("a", "(", "b")))


def log_probabilities(*shape, seed=0, sharp=2.0):
    logits = sharp * np.random.default_rng(seed).normal(size=shape)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def test_classes_spell_the_text_they_encode():
    for text in ("7+3*0", "(4*8)+8", "5+(5-2)"):
        assert EXPRESSIONS.decode(EXPRESSIONS.encode(text)) == text


def texts_of(grammar_):
    return ["".join(text) for template in grammar_.templates for text in itertools.product(*template)]


def test_decoding_by_place_finds_the_best_of_all_valid_texts():
    scores = log_probabilities(40, TINY.length, 4)
    every = texts_of(TINY)
    for row, found in zip(scores, decode.decode(list(scores), TINY), strict=True):
        totals = [row[np.arange(TINY.length), TINY.encode(text)].sum() for text in every]
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
        sums = {text: [row[np.arange(5), path].sum() for path in held] for text, held in paths.items()}
        finalists = []
        for template in TINY.templates:
            of_template = ["".join(text) for text in itertools.product(*template)]
            finalists.append(max(of_template, key=lambda text: max(sums[text])))
        assert found == max(finalists, key=lambda text: np.logaddexp.reduce(sums[text]))


def test_the_likelihood_of_a_text_is_the_sum_over_its_alignments():
    scores = log_probabilities(1, 6, 4, seed=3)
    for text in ("aa", "ab", "(a", "a(b"):
        classes = np.array([["ab(".index(c) for c in text]])
        by_hand = np.logaddexp.reduce([scores[0, np.arange(6), p].sum() for p in alignments(text, 6, 3, "ab(")])
        assert ctc.log_likelihood(scores, classes, 3)[0] == pytest.approx(by_hand)


@pytest.mark.parametrize("steps", [7, 24])
def test_whatever_a_model_says_every_line_is_valid(steps):
    noise = log_probabilities(500, steps, 16, seed=4, sharp=6)
    for expression in decode.decode(list(noise), EXPRESSIONS):
        assert EXPRESSIONS.matches(expression)
    rows = list(write([], list(noise), {}))
    assert all(answer_fault(*row) is None for row in rows)


@pytest.mark.parametrize("steps", [4, 20])
def test_text_captchas_decode_to_four_characters_even_where_neighbours_are_equal(steps):
    scores = np.full((1, steps, 37), -20.0)
    classes = CHARACTERS.encode("0AAO")
    if steps == 4:
        scores[0, np.arange(4), classes] = 0
    else:
        scores[:, :, 36] = 0
        for position, k in enumerate(classes):
            scores[0, 4 * position + 2, [36, k]] = [-20, 0]
    assert decode.decode(list(scores), CHARACTERS) == ["0AAO"]


def test_models_are_averaged_on_their_log_probabilities():
    a, b = log_probabilities(2, 7, 16)
    mean = decode.average([a, b])
    assert np.exp(mean).sum(axis=1) == pytest.approx(1)
    assert mean - mean[:, :1] == pytest.approx(((a + b) / 2) - ((a + b) / 2)[:, :1])


def test_models_of_different_kinds_do_not_average():
    with pytest.raises(KitError, match="same number of steps"):
        decode.average([log_probabilities(7, 16), log_probabilities(24, 16)])
