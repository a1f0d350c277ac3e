from __future__ import annotations

import pytest

from kit.auditing.fitness import require_fit
from kit.contract.report import Finding
from kit.errors import DataError


def error(message: str, remedy: str = "") -> Finding:
    return Finding("error", "kind", "train", message, remedy)


def test_a_single_error_is_named_and_not_counted() -> None:
    with pytest.raises(DataError) as caught:
        require_fit([error("3 inputs with NaN", "repair them")], "kit audit")
    assert str(caught.value) == "the data are not fit to train on: 3 inputs with NaN (train)\n  to do: repair them"


def test_further_errors_are_named_too() -> None:
    with pytest.raises(DataError) as caught:
        require_fit([error(name) for name in "abcde"], "kit audit")
    assert caught.value.parts["found"] == "4 more errors: b (train), c (train), d (train) and 1 more"
    assert caught.value.parts["to do"] == "kit audit"


def test_warnings_are_printed_and_do_not_stop(capsys: pytest.CaptureFixture[str]) -> None:
    require_fit([Finding("warning", "kind", "train", "look"), Finding("note", "kind", "train", "ok")], "kit audit")
    assert capsys.readouterr().err == "audit warning: look (train)\n"
