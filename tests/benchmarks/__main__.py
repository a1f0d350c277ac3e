"""Measure the training and prediction speed of every network in every engine, and print one table."""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks import engines
from tests.benchmarks.rows import ROWS, named
from tests.benchmarks.timing import compare, product_ceiling

NEEDS = {"PyTorch": "torch", "PyTorch, malloc": "torch", "onnxruntime": "onnxruntime"}


def main() -> None:
    """Parse the arguments, measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rows", nargs="*", default=[row.name for row in ROWS], choices=[row.name for row in ROWS])
    parser.add_argument("--stages", nargs="*", default=["train", "predict"], choices=["train", "predict"])
    parser.add_argument("--engines", nargs="*", help="only these columns")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; the median is printed")
    parser.add_argument("--seconds", type=float, default=1.0, help="minimum seconds per engine and round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    ceiling = product_ceiling()
    results = [_measured(name, stage, options) for name in options.rows for stage in options.stages]
    if options.json:
        print(json.dumps({"matrix product GFLOP/s": ceiling, "rows": results}, indent=2))
    else:
        _show(results, ceiling, options.markdown)


def _measured(name: str, stage: str, options: Any) -> dict[str, Any]:
    row = named(name)
    columns = [engine for engine in getattr(engines, stage.upper()) if _available(engine, row.torch)]
    columns = [engine for engine in columns if not options.engines or engine in options.engines]
    speeds = compare(stage.upper(), columns, row, options.rounds, options.seconds)
    return {"row": row.title, "shape": "x".join(map(str, row.shape)), "stage": stage, **speeds}


def _available(engine: str, torch: str | None) -> bool:
    if engine.startswith("PyTorch") and torch is None:
        return False
    return engine not in NEEDS or find_spec(NEEDS[engine]) is not None


def _show(results: list[dict[str, Any]], ceiling: float, markdown: bool) -> None:
    ratios = ("kit / Paddle", "kit / PyTorch", "kit / onnxruntime")
    columns = [*engines.PREDICT, *ratios]
    head = ["network, batch", "", *columns]
    lines = [[f"{result['row']}, {result['shape']}", result["stage"], *_cells(result, columns)] for result in results]
    if markdown:
        print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
        for line in lines:
            print("| " + " | ".join(line) + " |")
    else:
        table = Table(*head, title="images a second, higher is better")
        for line in lines:
            table.add_row(*line)
        Console().print(table)
    print(f"Matrix product 2048 x 2048 in NumPy: {ceiling:.0f} GFLOP/s")


def _cells(result: dict[str, Any], columns: list[str]) -> list[str]:
    return [_cell(result, column) for column in columns]


def _cell(result: dict[str, Any], column: str) -> str:
    ours, slash, other = column.partition(" / ")
    if not slash:
        value = result.get(column, "-")
        return value if isinstance(value, str) else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
    pair = result.get(ours), result.get(other)
    if isinstance(pair[0], float) and isinstance(pair[1], float):
        return f"{pair[0] / pair[1]:.2f}"
    return "-"


if __name__ == "__main__":
    main()
