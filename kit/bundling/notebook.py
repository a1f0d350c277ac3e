"""A script in the percent format as a notebook: ``# %%`` begins a cell, ``# %% [markdown]`` one of text."""

from __future__ import annotations

import re
from typing import Any

CELL = re.compile(r"^# %%(?P<kind> \[markdown\])?\n", re.MULTILINE)


def as_notebook(script: str) -> dict[str, Any]:
    """Return the cells of a script as a Jupyter notebook of format 4.5; what comes before the first is left out."""
    _, *parts = CELL.split(script)
    cells = [_cell(number, bool(kind), text.strip()) for number, (kind, text) in enumerate(_pairs(parts))]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _pairs(parts: list[Any]) -> list[tuple[Any, str]]:
    return list(zip(parts[::2], parts[1::2], strict=True))


def _cell(number: int, markdown: bool, text: str) -> dict[str, Any]:
    if markdown:
        text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
    kind: dict[str, Any] = {"cell_type": "markdown"}
    if not markdown:
        kind = {"cell_type": "code", "execution_count": None, "outputs": []}
    return {**kind, "id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
