"""Draw synthetic H&E tiles: stroma, glands, lymphocytes, fat and glass, and cancer as crowds of large irregular nuclei.

Cancer differs by the size, density and shape of its nuclei, not by colour: lymphocytes are darker, and the stains
vary between patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..color_deconvolution import STAINS

BITS = 3  # fractional bits of the coordinates that OpenCV draws
EOSIN, HAEMATOXYLIN = 0.45, 0.05  # amounts of stain in stroma


@dataclass(frozen=True)
class Stain:
    """Stains of one patient: strength (2,), optical densities (2, 3), and the brightness of empty glass (3,)."""

    strength: np.ndarray
    colours: np.ndarray
    glass: np.ndarray


def draw_stain(rng: np.random.Generator) -> Stain:
    """Sample the stains of one patient."""
    colours = STAINS[:2] + rng.normal(0, 0.035, (2, 3)).astype(np.float32)
    strength = rng.uniform((0.65, 0.6), (1.35, 1.4)).astype(np.float32)
    return Stain(strength, np.clip(colours, 0.02, 1.1), rng.uniform(0.92, 0.985, 3).astype(np.float32))


def tile(side: int, fraction: float, stain: Stain, rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray]]:
    """Draw a tile uint8 RGB (side, side, 3), and outlines (P, 2) of cancer on about this fraction of it."""
    regions = _regions(side, fraction, rng)
    cancer = np.zeros((side, side), np.uint8)
    for ring in regions:
        cv2.fillPoly(cancer, [np.round(ring).astype(np.int32)], 255)
    canvas = Canvas(side, rng)
    canvas.stroma(cancer)
    canvas.glands(cancer)
    canvas.lymphocytes(cancer)
    canvas.cells(cancer)
    canvas.fat(cancer)
    return canvas.photograph(stain), regions


def _regions(side: int, fraction: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw outlines of one to three regions of cancer that cover about this fraction of the tile."""
    if not fraction:
        return []
    rings: list[np.ndarray] = []
    count = int(rng.integers(1, 4))
    for _ in range(count):
        radius = side * np.sqrt(fraction / count / np.pi)
        ring = blob(rng.uniform(0.1, 0.9, 2) * side, radius, 0.22, 72, rng)
        rings.append(np.clip(ring, 0, side))
    return rings


def blob(centre: np.ndarray, radius: float, rough: float, points: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a closed wavy outline (points, 2) around a centre (x, y)."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    waves = np.zeros(points)
    for order in range(2, 7):
        waves += rng.normal(0, rough / order) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    length = radius * np.clip(1 + waves, 0.3, 2)
    return np.asarray(centre + np.c_[np.cos(angle), np.sin(angle)] * length[:, None])


def clouds(side: int, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Draw smooth noise float32 (side, side) of mean 0 and deviation about 1, correlated over ``scale`` pixels."""
    small = max(4, round(side / scale) + 3)
    grid = rng.standard_normal((small, small)).astype(np.float32)
    return np.asarray(cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC))


class Canvas:
    """The amounts of haematoxylin and eosin of a tile, each (side, side), to draw on."""

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self.side, self.rng = side, rng
        self.haematoxylin = np.full((side, side), HAEMATOXYLIN, np.float32)
        self.eosin = np.full((side, side), EOSIN, np.float32)

    def stroma(self, cancer: np.ndarray) -> None:
        """Draw fibres, parallel across the tile; in cancer they are faint."""
        fibres = self._fibres()
        inside = cv2.GaussianBlur(cancer, (0, 0), 4).astype(np.float32) / 255
        self.eosin += 0.13 * fibres * (1 - 0.8 * inside) + 0.07 * clouds(self.side, 90, self.rng)
        self.haematoxylin += 0.05 * inside + 0.03 * clouds(self.side, 60, self.rng)
        self.eosin -= 0.08 * inside

    def _fibres(self) -> np.ndarray:
        noise = self.rng.standard_normal((self.side, self.side)).astype(np.float32)
        angle = self.rng.uniform(0, np.pi)
        length = 25
        kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
        along = np.array([np.cos(angle), np.sin(angle)]) * length
        ends = [tuple(int(v) for v in np.round(length + sign * along)) for sign in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
        smooth = cv2.filter2D(noise, -1, kernel / kernel.sum())
        return np.asarray(smooth / smooth.std())

    def nuclei(self, centres: np.ndarray, radii: np.ndarray, long: np.ndarray, dark: np.ndarray, rough: float) -> None:
        """Draw nuclei at centres (N, 2) of x and y, with radii, elongation ``long`` and amounts ``dark``, each (N,)."""
        count, points = len(centres), 14
        angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
        turn = self.rng.uniform(0, np.pi, count)
        wave = 1 + rough * self.rng.standard_normal((count, points)) * 0.6
        wave += rough * np.cos(2 * angle + self.rng.uniform(0, 6.3, (count, 1)))
        x, y = radii[:, None] * wave * np.cos(angle) * long[:, None], radii[:, None] * wave * np.sin(angle)
        cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
        rings = centres[:, None] + np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=2)
        rings = np.round(rings * (1 << BITS)).astype(np.int32)
        for ring, amount in zip(rings, dark.tolist(), strict=True):
            cv2.fillPoly(self.haematoxylin, [ring], amount, cv2.LINE_8, BITS)

    def scatter(self, density: float, spacing: float, where: np.ndarray) -> np.ndarray:
        """Draw points (N, 2) of x and y inside a mask, about ``spacing`` pixels apart."""
        step = max(2.0, spacing)
        grid = np.stack(np.meshgrid(*[np.arange(step / 2, self.side, step)] * 2), axis=-1).reshape(-1, 2)
        grid = grid[self.rng.random(len(grid)) < density]
        grid = grid + self.rng.uniform(-0.42, 0.42, grid.shape) * step
        cells = np.clip(grid, 0, self.side - 1).astype(int)
        return np.asarray(grid[where[cells[:, 1], cells[:, 0]] > 0])

    def cells(self, cancer: np.ndarray) -> None:
        """Draw fibroblasts, thin and far apart, outside of cancer; crowded, large and irregular nuclei inside."""
        thin = self.scatter(0.35, 22, 255 - cancer)
        self._draw(thin, (3.2, 5.0), (1.5, 2.8), (0.55, 0.95), 0.05)
        large = self.scatter(0.88, 19, cancer)
        self._draw(large, (6.0, 11.0), (1.0, 1.5), (0.3, 0.85), 0.16)

    def _draw(
        self,
        centres: np.ndarray,
        radius: tuple[float, float],
        long: tuple[float, float],
        dark: tuple[float, float],
        rough: float,
    ) -> None:
        radii, stretch, amounts = (self.rng.uniform(*span, len(centres)) for span in (radius, long, dark))
        self.nuclei(centres, radii, stretch, amounts, rough)

    def lymphocytes(self, cancer: np.ndarray) -> None:
        """Draw crowds of small, round and very dark nuclei, mostly outside of cancer."""
        for _ in range(int(self.rng.integers(3, 8))):
            area = np.zeros((self.side, self.side), np.uint8)
            size = self.rng.uniform(0.06, 0.2) * self.side
            ring = blob(self.rng.uniform(0, self.side, 2), size, 0.3, 40, self.rng)
            cv2.fillPoly(area, [np.round(ring).astype(np.int32)], 255)
            centres = self.scatter(self.rng.uniform(0.6, 0.95), 11, area & (255 - cancer))
            self._draw(centres, (3.4, 4.8), (1.0, 1.15), (0.8, 1.25), 0.03)
        stray = self.scatter(0.02, 14, np.full_like(cancer, 255))
        self._draw(stray, (3.4, 4.8), (1.0, 1.15), (0.8, 1.25), 0.03)

    def glands(self, cancer: np.ndarray) -> None:
        """Draw groups of benign glands: a ring of regular nuclei around a pale lumen."""
        for _ in range(int(self.rng.integers(1, 4))):
            middle = self.rng.uniform(0, self.side, 2)
            for _ in range(int(self.rng.integers(4, 12))):
                self._gland(middle + self.rng.normal(0, 0.1 * self.side, 2), cancer)

    def _gland(self, centre: np.ndarray, cancer: np.ndarray) -> None:
        x, y = np.clip(centre, 0, self.side - 1).astype(int)
        if cancer[y, x]:
            return
        radius = self.rng.uniform(22, 48)
        outer = blob(centre, radius, 0.12, 48, self.rng)
        inner = centre + (outer - centre) * 0.45
        shapes = [np.round(ring * (1 << BITS)).astype(np.int32) for ring in (outer, inner)]
        cv2.fillPoly(self.eosin, [shapes[0]], EOSIN * 0.75, cv2.LINE_8, BITS)
        cv2.fillPoly(self.eosin, [shapes[1]], 0.03, cv2.LINE_8, BITS)
        cv2.fillPoly(self.haematoxylin, [shapes[1]], 0.01, cv2.LINE_8, BITS)
        nuclei = centre + (blob(centre, radius, 0.0, max(8, int(radius / 2.1)), self.rng) - centre) * 0.82
        self._draw(nuclei, (4.0, 5.2), (1.1, 1.6), (0.55, 0.9), 0.04)

    def fat(self, cancer: np.ndarray) -> None:
        """Draw fat cells and tears, where no tissue covers the glass."""
        if self.rng.random() < 0.5:
            middle = self.rng.uniform(0, self.side, 2)
            for _ in range(int(self.rng.integers(5, 30))):
                self._hole(middle + self.rng.normal(0, 0.09 * self.side, 2), self.rng.uniform(14, 34), cancer)

    def _hole(self, centre: np.ndarray, radius: float, cancer: np.ndarray) -> None:
        x, y = np.clip(centre, 0, self.side - 1).astype(int)
        if cancer[y, x]:
            return
        ring = np.round(blob(centre, radius, 0.08, 32, self.rng) * (1 << BITS)).astype(np.int32)
        cv2.fillPoly(self.eosin, [ring], 0.0, cv2.LINE_8, BITS)
        cv2.fillPoly(self.haematoxylin, [ring], 0.0, cv2.LINE_8, BITS)

    def photograph(self, stain: Stain) -> np.ndarray:
        """Render the tile as a scanner sees it: stains absorb light (Beer and Lambert), with blur and noise."""
        texture = clouds(self.side, 5, self.rng)
        haematoxylin = self.haematoxylin * (1 + 0.16 * texture * (self.haematoxylin > 0.3))
        focus = self.rng.uniform(0.7, 1.2)
        amounts = np.stack([cv2.GaussianBlur(layer, (0, 0), focus) for layer in (haematoxylin, self.eosin)], axis=-1)
        light = np.exp(-(np.maximum(amounts, 0) * stain.strength) @ stain.colours) * stain.glass
        light += self.rng.standard_normal(light.shape, dtype=np.float32) * 0.012
        return np.asarray(np.clip(light * 255, 0, 255).astype(np.uint8))
