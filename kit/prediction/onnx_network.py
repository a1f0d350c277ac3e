"""Predict through onnxruntime, where the extra ``[onnx]`` is installed: the program that Paddle saved, as ONNX."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kit.cpu import environment, log_once
from kit.prediction.saved_network import first_line

OPSET = 17
LIBRARIES = ("onnxruntime", "paddle2onnx")


@cache
def installed() -> bool:
    """Whether both libraries of the extra are installed, and paddle2onnx is made for this Paddle."""
    if not all(importlib.util.find_spec(name) for name in LIBRARIES):
        return False
    try:
        importlib.import_module("paddle2onnx")
    except Exception as error:  # paddle2onnx 2 refuses Paddle 2 by a ValueError
        log_once.warn(f"onnxruntime is not used: {first_line(error)}")
        return False
    return True


class OnnxNetwork:
    """An ONNX model, run by onnxruntime on as many threads as ``OMP_NUM_THREADS``."""

    def __init__(self, content: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = environment.threads()
        options.log_severity_level = 3  # errors
        # Its threads would go on waiting for 30 ms on a core that the readers of the next batch need.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session: Any = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._names = [each.name for each in self._session.get_inputs()]

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the inputs and of the outputs."""
        return tuple(self._names), tuple(each.name for each in self._session.get_outputs())

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the outputs (N, ...) for the inputs (N, ...) in order. Raises RuntimeError if they are refused."""
        given = dict(zip(self._names, map(np.ascontiguousarray, inputs), strict=True))
        try:
            return [np.asarray(output) for output in self._session.run(None, given)]
        except Exception as error:  # onnxruntime's own exceptions have no common class
            raise RuntimeError(str(error)) from error


def converted(program: Path, weights: Path) -> bytes:
    """Return the ONNX model; not as a file, since what writes files also optimizes, for which it calls pip."""
    import paddle2onnx

    return bytes(paddle2onnx.export(str(program), str(weights), opset_version=OPSET))
