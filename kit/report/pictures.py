"""Images as small PNG or JPEG files inside a page, and heat maps over them."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

LONGEST_SIDE = 320
TINY = 96  # pictures up to this side are enlarged without smoothing and stored without loss


@dataclass(frozen=True)
class Picture:
    """An encoded image as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int

    @property
    def tiny(self) -> bool:
        """Whether it is so small that it is enlarged without smoothing."""
        return max(self.width, self.height) <= TINY


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Blend a heat map (h, w) over an image (H, W[, 3]), stronger where it is higher. Returns (H, W, 3)."""
    import cv2

    height, width = image.shape[:2]
    colour = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    level = np.nan_to_num(np.asarray(heat, dtype=np.float32))
    if level.ndim != 2:
        raise ValueError(f"a heat map has shape (H, W), this one {level.shape}")
    level = (level - level.min()) / max(float(np.ptp(level)), 1e-12)
    level = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    heated = cv2.applyColorMap(np.rint(255 * level).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = 0.65 * level[..., None]
    return np.asarray(np.rint((1 - weight) * colour + weight * heated).astype(np.uint8))


def encode(image: np.ndarray, longest: int = LONGEST_SIDE) -> Picture:
    """Encode uint8 (H, W) or (H, W, 3) RGB at no more than ``longest`` pixels a side: PNG; JPEG if large in colour."""
    import cv2

    height, width = image.shape[:2]
    ratio = min(1.0, longest / max(height, width))
    if ratio < 1:
        width, height = max(1, round(width * ratio)), max(1, round(height * ratio))
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    photograph = image.ndim == 3 and max(height, width) > TINY
    suffix, options = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 88]) if photograph else (".png", [])
    pixels = np.ascontiguousarray(image[..., ::-1] if image.ndim == 3 else image)
    ok, data = cv2.imencode(suffix, pixels, options)
    if not ok:
        raise ValueError(f"an image of shape {image.shape} cannot be encoded")
    return Picture(data_uri(data.tobytes(), "image/jpeg" if photograph else "image/png"), width, height)


def data_uri(data: bytes, kind: str) -> str:
    """Bytes as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
