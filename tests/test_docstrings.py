"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "kit.console",
    "kit.contract.lazy",
    "kit.files.data_files",
    "kit.files.json_files",
    "kit.files.system_files",
    "kit.wording",
)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_documentation_are_true(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0
