from __future__ import annotations

import doctest

import kit.wording


def test_the_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(kit.wording).failed == 0
