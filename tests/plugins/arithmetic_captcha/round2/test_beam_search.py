"""Round 2's decoder: the best text, and always a valid one."""

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha.round2 import beam_search, grammar, line_strip

from tests.plugins.arithmetic_captcha.round2.test_grammar import CONTEST


def sharp(text, noise=0.0, seed=0):
    """Log-probabilities that spell a text, a step for each character and a blank between two, and noise."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(line_strip.STEPS, grammar.BLANK + 1)) * noise
    logits[:, grammar.BLANK] += 6
    for position, character in enumerate(text):
        logits[3 * position, grammar.CHARSET.index(character)] += 12
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("text", CONTEST)
def test_the_decoder_spells_what_is_certain(text):
    assert beam_search.decode([sharp(text)]) == [text]


def test_the_decoder_repairs_what_the_grammar_forbids():
    broken = "流=42072;圳=86;(圳-(97510*45921)*流/35864"
    assert beam_search.decode([sharp(broken)])[0] != broken
    assert grammar.matches(beam_search.decode([sharp(broken)])[0])
    assert beam_search.decode([sharp("流=42072;圳=86;(圳-(97510*45921))*烧/35864")])[0].endswith("流/35864")


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0, 30.0])
def test_every_decoded_text_is_valid_whatever_the_network_says(scale):
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(4, line_strip.STEPS, grammar.BLANK + 1)) * scale
    logits -= logits.max(axis=2, keepdims=True)
    scores = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    assert all(grammar.matches(text) for text in beam_search.decode(list(scores)))
