"""Expressions are evaluated exactly, and nothing else is."""

from fractions import Fraction

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha.expression import evaluate_expression
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS


def value_by_postfix(expression):
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
        expression = EXPRESSIONS.random_text(rng)
        assert EXPRESSIONS.matches(expression)
        assert evaluate_expression(expression) == value_by_postfix(expression)


@pytest.mark.parametrize(
    ("expression", "value"),
    [("8-3-2", 3), ("2+3*4", 14), ("(2+3)*4", 20), ("9*(9*9)", 729), ("0-9*9", -81), ("2-(3+4)", -5)],
)
def test_the_usual_precedence_holds(expression, value):
    assert evaluate_expression(expression) == value


@pytest.mark.parametrize(
    "text", ["", "(", "1+", "+1", "1+2)", "(1+2", "1 + 2", "1**2", "()", "01+1", "__import__", "²+1+1", "１+1+1"]
)
def test_what_is_no_expression_has_no_value(text):
    assert evaluate_expression(text) is None


def test_a_hostile_line_neither_overflows_the_stack_nor_takes_long():
    assert evaluate_expression("(" * 100_000) is None
    assert evaluate_expression("(" * 100_000 + "1") is None


def test_a_division_is_exact():
    assert evaluate_expression("1/2") == Fraction(1, 2)
    assert evaluate_expression("1/3*3") == 1
    assert evaluate_expression("1/(2-2)") is None
