from __future__ import annotations

import base64
import doctest
import hashlib
import re

import pytest

import kit.report.formatting
import kit.report.page
from kit.report.formatting import brief, duration, number, percent, size
from kit.report.page import render


def test_the_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(kit.report.formatting).failed == 0


def test_the_policy_names_the_hash_of_the_style_sheet() -> None:
    page = render("page.html", {})
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in page


def test_no_template_marks_data_as_safe_or_holds_a_script() -> None:
    for name in kit.report.page._environment().list_templates(extensions=["html"]):
        source = kit.report.page._environment().loader.get_source(kit.report.page._environment(), name)[0]  # type: ignore[union-attr]
        literals = re.sub(r"""'[^'{}]*'\s*\|\s*safe""", "", source)
        assert "safe" not in re.findall(r"\|\s*(\w+)", literals), name
        assert "<script" not in source and " style=" not in source, name


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(float("nan")), "nan"),
        (number(True), "True"),
        (number(1234567), "1,234,567"),
        (number(-0.5), "-0.50000"),
        (number(99.5), "99.50"),
        (number([1, 0.25]), "1, 0.25"),
        (percent(0.12345), "12.3%"),
        (percent(float("nan")), "–"),
        (size(999_960), "1.0 MB"),
        (size("x"), "–"),
        (duration(59.96), "1 min 0 s"),
        (duration(float("inf")), "–"),
        (brief({"a": [1, 2], "b": 0.1}), "a: 1, 2, b: 0.1"),
    ],
)
def test_values_are_shown_in_a_readable_form(shown: str, expected: str) -> None:
    assert shown == expected


def test_a_long_text_is_cut_in_its_middle() -> None:
    text = brief("a" * 5000 + "end")
    assert len(text) < 310 and text.startswith("aaa") and text.endswith("aend") and " … " in text
