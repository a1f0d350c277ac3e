"""Images moved by affine maps on the device that computes."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.device import paddle


def warp(images: Any, maps: np.ndarray) -> Any:
    """Move images (N, C, H, W) by maps (N, 2, 3) from pixels (x, y) to pixels, as ``cv2.warpAffine`` does.

    Between pixels it interpolates linearly, and what comes from beyond the border is 0.
    """
    theta = paddle.to_tensor(_grid(maps, *images.shape[2:]).astype(np.float32))
    grid = paddle.nn.functional.affine_grid(theta, images.shape, align_corners=True)
    return paddle.nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=True)


def _grid(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """The inverse maps (N, 2, 3) in coordinates from -1 to 1, the centres of the outermost pixels."""
    half = (np.array([width, height]) - 1) / 2
    inverse = np.linalg.inv(maps[:, :, :2])
    offset = (inverse @ (half - maps[:, :, 2])[:, :, None])[:, :, 0] - half
    return np.concatenate([inverse * half / half[:, None], (offset / half)[:, :, None]], axis=2)
