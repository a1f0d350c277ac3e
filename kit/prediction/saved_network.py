"""A network saved as a program and its weights, and the comparison of what it gives with eager mode."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import paddle

TOLERANCE = 1e-4
"""Largest difference from eager mode allowed, relative to the largest value or to 1, whichever is more."""

STANDARD_OUTPUT = 1  # its file descriptor

Arrays = np.ndarray | tuple[np.ndarray, ...]
Network = Callable[[Sequence[np.ndarray]], list[np.ndarray]]
"""The outputs (N, ...) for inputs (N, ...), both in order."""


def save(
    layer: paddle.nn.Layer, inputs: Sequence[np.ndarray], folder: Path, names: Sequence[str] = ()
) -> tuple[Path, Path]:
    """Save the layer to a folder, for batches of any size of inputs like these: the program and the weights."""
    specs = [
        paddle.static.InputSpec([None, *array.shape[1:]], str(array.dtype), names[index] if names else f"input_{index}")
        for index, array in enumerate(inputs)
    ]
    path = folder / "network"
    paddle.jit.save(layer, str(path), input_spec=specs)
    # Paddle 3 writes the program as .json, Paddle 2 as .pdmodel.
    program = next(file for file in sorted(folder.iterdir()) if file.suffix in (".json", ".pdmodel"))
    return program, path.with_suffix(".pdiparams")


def eager(layer: paddle.nn.Layer, inputs: Sequence[np.ndarray]) -> Arrays:
    """Return the layer's outputs in eager mode, as arrays."""
    with evaluating(layer), paddle.no_grad():
        out = layer(*(paddle.to_tensor(array) for array in inputs))
    flat = out if isinstance(out, list | tuple) else [out]
    return single_or_tuple([tensor.numpy() for tensor in flat])


def compare(mine: Arrays, other: Arrays) -> float:
    """Return the largest difference. Raises ValueError unless both have the same shapes and, within the tolerance,
    values."""
    largest = 0.0
    pairs = [array if isinstance(array, tuple) else (array,) for array in (mine, other)]
    for a, b in zip(*pairs, strict=True):
        if a.shape != b.shape:
            raise ValueError(f"its exported form returns {a.shape} in place of {b.shape}")
        difference = float(np.abs(a - b).max(initial=0))
        if not difference <= TOLERANCE * max(1.0, float(np.abs(b).max(initial=0))):
            raise ValueError(f"its exported form differs by {difference:.1e}")
        largest = max(largest, difference)
    return largest


def single_or_tuple(arrays: list[np.ndarray]) -> Arrays:
    """The one array of a list, or all of them."""
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def first_line(error: Exception) -> str:
    """An exception in a line: its class, and the last line of its text, which in Paddle's says what was wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__


@contextmanager
def evaluating(layer: paddle.nn.Layer) -> Iterator[None]:
    """Put the layer and its parts into evaluation, and each back into its own mode afterwards."""
    modes = [(part, part.training) for part in layer.sublayers(include_self=True)]
    layer.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextmanager
def silent() -> Iterator[None]:
    """Discard what Paddle's library prints on standard output when a network first runs: that is for results."""
    try:
        kept = os.dup(STANDARD_OUTPUT)
    except OSError:  # closed by whoever started this process
        yield
        return
    if sys.stdout:
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STANDARD_OUTPUT)
        yield
    finally:
        if sys.stdout:
            sys.stdout.flush()
        os.dup2(kept, STANDARD_OUTPUT)
        os.close(kept)
        os.close(nowhere)
