"""Functions of each element: ReLU, and ReLU with an upper limit."""

from __future__ import annotations

from ctypes import c_float
from dataclasses import dataclass

RELU, CLIP = 0x20, 0x2F  # dnnl_eltwise_relu, dnnl_eltwise_clip_v2
FROM_RESULT = {RELU: 0x100, CLIP: 0x106}
"""The same functions, with a gradient computed from the result (dnnl_eltwise_..._use_dst_for_bwd)."""


@dataclass(frozen=True)
class Eltwise:
    """max(x, 0), or min(max(x, 0), limit)."""

    limit: float | None = None

    @property
    def algorithm(self) -> int:
        """oneDNN's number of the function."""
        return RELU if self.limit is None else CLIP

    @property
    def from_result(self) -> int:
        """oneDNN's number of the function whose gradient is computed from its result, so that x is not kept."""
        return FROM_RESULT[self.algorithm]

    def parameters(self) -> tuple[c_float, c_float]:
        """Return the function's two parameters: the slope below 0 and nothing, or the two limits."""
        return c_float(0), c_float(self.limit or 0)
