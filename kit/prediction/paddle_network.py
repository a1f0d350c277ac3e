"""Predict through paddle.inference with oneDNN, which is part of Paddle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import paddle
from paddle import inference
from paddle.base import core

from kit.cpu import environment

SHAPES_KEPT = 16
"""Input shapes whose compiled primitives are kept."""


class PaddleNetwork:
    """A program and its weights, as Paddle saves them, run by paddle.inference."""

    def __init__(self, program: Path, weights: Path) -> None:
        config = inference.Config(str(program), str(weights))
        config.disable_gpu()
        config.disable_glog_info()
        config.enable_mkldnn()
        config.set_mkldnn_cache_capacity(SHAPES_KEPT)
        self._threads = environment.threads()
        config.set_cpu_math_library_num_threads(self._threads)
        # The executor's own threads pass every operator on to one another: 40% of a small batch's time (32 digits).
        paddle.set_flags({"FLAGS_new_executor_serial_run": True})
        self._network = inference.create_predictor(config)

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the inputs and of the outputs."""
        return tuple(self._network.get_input_names()), tuple(self._network.get_output_names())

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the outputs (N, ...) for the inputs (N, ...) in order."""
        try:
            return self._run(inputs)
        finally:
            # It leaves the whole process with one thread, on which the next fold would be trained.
            core.set_num_threads(self._threads)

    def _run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        for name, array in zip(self._network.get_input_names(), inputs, strict=True):
            self._network.get_input_handle(name).copy_from_cpu(np.ascontiguousarray(array))
        self._network.run()
        return [self._network.get_output_handle(name).copy_to_cpu() for name in self._network.get_output_names()]
