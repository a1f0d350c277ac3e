"""Round 1's expressions."""

import os
from pathlib import Path

import pytest
from kit_plugins.arithmetic_captcha.round1 import reader
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS

DATA = os.environ.get("KIT_TEST_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="KIT_TEST_DATA is not set")


@pytest.mark.parametrize("text", ["1+2", "(1+2+3)", "12+3+4", "1+2+3 ", "(1)+2+3", "1/2+3", "((1+2)+3)", ")1+2(+3"])
def test_expressions_of_another_form_are_outside_the_grammar(text):
    assert not EXPRESSIONS.matches(text)


@needs_data
def test_all_real_labels_parse_and_all_their_results_follow():
    path = Path(DATA) / "captcha" / "labels_round1_100k.txt"
    found = reader.expressions(path, 100_000)
    assert found[:3] == ["(4*8)+8", "7+3*0", "5+(5+2)"]
    assert {len(expression) for expression in found} == {5, 7}
