"""Draw a synthetic thorax CT: body, ribs, spine, table, lungs with vessels, nodules and what resembles them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .canvas import Canvas, random_turn

DIAMETER_MU, DIAMETER_SIGMA = 1.99, 0.47
"""Of the logarithm of the contest's nodule diameters in mm (1,186 of them: 1.992 and 0.473)."""
SMALLEST, LARGEST = 3.2, 33.0
LUNG = -860


@dataclass
class Thorax:
    """A drawn scan. Points are (z, y, x) mm from voxel 0; ``nodules`` and ``excluded`` are (centre, diameter)."""

    canvas: Canvas
    depth: np.ndarray
    """Distance in mm from the lung's border (z, y, x), positive inside: an estimate good enough to place things by."""
    nodules: list[tuple[np.ndarray, float]] = field(default_factory=list)
    excluded: list[tuple[np.ndarray, float]] = field(default_factory=list)
    lookalikes: list[np.ndarray] = field(default_factory=list)
    vessels: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """Points on vessels with the radius there."""

    def free(self, point: np.ndarray, radius: float) -> bool:
        """Whether a finding of this radius would touch no other one."""
        others = [*self.nodules, *self.excluded, *((p, 6.0) for p in self.lookalikes)]
        return all(np.linalg.norm(point - other) > radius + diameter / 2 + 4 for other, diameter in others)


def draw_thorax(rng: np.random.Generator, shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Thorax:
    """Draw a whole scan without noise."""
    thorax = _draw_body(Canvas(shape, spacing), rng)
    for side in (0, 1):
        _draw_vessels(thorax, side, rng)
    for _ in range(rng.poisson(6)):
        _draw_lookalike(thorax, rng)
    for _ in range(3 + rng.poisson(3)):
        _draw_nodule(thorax, rng)
    for _ in range(rng.poisson(3)):
        _draw_small_finding(thorax, rng)
    return thorax


def add_noise(hu: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur as a scanner does, add its noise (some of it correlated) and round to int16."""
    from scipy import ndimage

    blurred = ndimage.gaussian_filter(hu, (0.3, 0.45, 0.45))
    white = rng.standard_normal(hu.shape, np.float32)
    grain = ndimage.gaussian_filter(rng.standard_normal(hu.shape, np.float32), (0.0, 0.8, 0.8)) * 2.8
    return np.round(blurred + rng.uniform(14, 26) * (0.6 * white + 0.8 * grain)).astype(np.int16)


def _draw_body(canvas: Canvas, rng: np.random.Generator) -> Thorax:
    _, height, width = canvas.extent
    z, y, x = np.ogrid[: canvas.shape[0], : canvas.shape[1], : canvas.shape[2]]
    axes = zip((z, y, x), canvas.spacing, canvas.extent, strict=True)
    z, y, x = ((axis * step - end / 2).astype(np.float32) for axis, step, end in axes)
    a, b = width * rng.uniform(0.42, 0.45), height * rng.uniform(0.38, 0.41)
    y = y + height * 0.04  # room for the table
    everywhere = tuple(slice(0, n) for n in canvas.shape)
    body = (1 - np.hypot(x / a, y / b)) * b + 0 * z
    canvas.paint(everywhere, body, -95)
    canvas.paint(everywhere, body - rng.uniform(4, 9), 45)
    depth = np.maximum(_lung(x, y, z, -1, a, b, rng), _lung(x, y, z, 1, a, b, rng))
    _draw_ribs(canvas, x, y, z, depth, 26 - body, rng)
    canvas.paint(everywhere, depth, rng.uniform(LUNG - 25, LUNG + 35), only_brighter=False)
    spine = 13 - np.hypot(x, y - b * 0.66) + 0 * z
    canvas.paint(everywhere, spine, rng.uniform(180, 320))
    canvas.paint(everywhere, 6 - np.hypot(x, y - b * 0.66 - 14) + 0 * z, 30, only_brighter=False)
    table = 3 - np.abs(y - b * 1.06 - 6 + x**2 / 900) + 0 * z
    canvas.paint(everywhere, np.minimum(table, width * 0.4 - np.abs(x)), -150)
    trachea = 7 - np.hypot(x - rng.uniform(-2, 2), y + b * 0.02) + 0 * z
    canvas.paint(everywhere, trachea, -990, only_brighter=False)
    return Thorax(canvas, depth.astype(np.float32))


def _lung(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, side: int, a: float, b: float, rng: np.random.Generator
) -> np.ndarray:
    """One lung's signed depth: an egg whose size changes with height, dented by the heart and by the ribs."""
    phase, bend = rng.uniform(0, 6.3, 2)
    grow = 1 + 0.05 * np.sin(z / 30 + phase)
    half_width, half_height = a * 0.37 * grow, b * 0.72 * grow
    egg = np.hypot((x - side * a * 0.48) / half_width, (y + b * 0.03) / half_height)
    ripples = 0.8 * np.sin(np.arctan2(y, x) * 9 + z / 6 + bend)  # ribs press the pleura in
    heart = np.hypot((x - a * 0.1) / (a * 0.30), (y + b * 0.25) / (b * 0.40))
    return np.minimum((1 - egg) * half_width + ripples, (heart - 1) * a * 0.3)


def _draw_ribs(
    canvas: Canvas,
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    depth: np.ndarray,
    outer: np.ndarray,
    rng: np.random.Generator,
) -> None:
    pitch, shift = rng.uniform(22, 28), rng.uniform(0, 25)
    slope = z + np.abs(x) * 0.35 + y * 0.3 + shift
    near = 3.5 - np.abs(slope - pitch * np.round(slope / pitch))
    ring = 3.0 - np.abs(depth + 6.5)
    canvas.paint(
        tuple(slice(0, n) for n in canvas.shape), np.minimum(np.minimum(near, ring), outer), rng.uniform(350, 600)
    )


def _draw_vessels(thorax: Thorax, side: int, rng: np.random.Generator) -> None:
    """Grow trees from the hilum: a vessel bends, splits in two thinner ones, ends at the pleura or when too thin."""
    canvas = thorax.canvas
    centre = canvas.extent / 2
    value = rng.uniform(20, 110)
    for _ in range(int(rng.integers(5, 8))):
        offset = rng.uniform(-0.5, 0.5) * canvas.extent[0], rng.normal(0, 14), (side * 2 - 1) * 34.0
        start = centre + np.array(offset)
        outwards = np.array([rng.normal(0, 0.5), rng.normal(0, 0.7), side * 2 - 1.0])
        growing = [(start, outwards / np.linalg.norm(outwards), rng.uniform(2.2, 4.2))]
        for _ in range(150):
            if not growing:
                break
            point, heading, radius = growing.pop()
            _grow(thorax, point, heading, radius, value, growing, rng)


def _grow(
    thorax: Thorax,
    point: np.ndarray,
    heading: np.ndarray,
    radius: float,
    value: float,
    growing: list,
    rng: np.random.Generator,
) -> None:
    for _ in range(int(rng.integers(2, 5))):
        heading = heading + rng.normal(0, 0.22, 3)
        heading = heading / np.linalg.norm(heading)
        end = point + heading * rng.uniform(4, 7)
        if _depth_at(thorax, end) < -3 and np.abs(end - thorax.canvas.extent / 2)[2] > 45:
            return
        thorax.canvas.capsule(point, end, radius, value)
        point, radius = end, radius * 0.95
        if _depth_at(thorax, point) > 1:
            thorax.vessels.append((point, radius))
    if radius < 0.65:
        return
    for share in (rng.uniform(0.68, 0.92), rng.uniform(0.5, 0.8)):
        turn = heading + rng.normal(0, 0.55, 3)
        growing.insert(0, (point, turn / np.linalg.norm(turn), radius * share))


def _depth_at(thorax: Thorax, point: np.ndarray) -> float:
    index = np.round(point / thorax.canvas.spacing).astype(int)
    if (index < 0).any() or (index >= thorax.canvas.shape).any():
        return -99.0
    return float(thorax.depth[tuple(index)])


def _place(thorax: Thorax, low: float, high: float, radius: float, rng: np.random.Generator) -> np.ndarray | None:
    """A free point whose depth in the lung lies between two bounds and which keeps off the volume's ends, or None."""
    rows = np.flatnonzero((thorax.depth.ravel() >= low) & (thorax.depth.ravel() <= high))
    margin = min(radius + 2, thorax.canvas.extent[0] / 2 - 1)
    for row in rows[rng.integers(0, len(rows), 60)] if len(rows) else []:
        point = np.array(np.unravel_index(row, thorax.canvas.shape)) * thorax.canvas.spacing
        point = point + rng.uniform(-0.5, 0.5, 3)
        if margin <= point[0] <= thorax.canvas.extent[0] - margin and thorax.free(point, radius):
            return np.asarray(point)
    return None


def draw_diameter(rng: np.random.Generator) -> float:
    """A nodule's diameter in mm from the contest's own distribution."""
    return float(np.clip(np.exp(rng.normal(DIAMETER_MU, DIAMETER_SIGMA)), SMALLEST, LARGEST))


def _draw_nodule(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add a nodule: solid, part-solid, juxta-vascular or juxta-pleural, a few of them spiculated or calcified."""
    diameter = draw_diameter(rng)
    radius = diameter / 2
    kind = str(rng.choice(["solid", "part-solid", "juxta-vascular", "juxta-pleural"], p=[0.4, 0.14, 0.24, 0.22]))
    if kind == "juxta-vascular" and thorax.vessels:
        point, vessel = thorax.vessels[int(rng.integers(len(thorax.vessels)))]
        away = rng.normal(size=3)
        centre = point + away / np.linalg.norm(away) * (radius * 0.7 + vessel)
        inside = _depth_at(thorax, centre) > radius * 0.5 and thorax.free(centre, radius)
        place = centre if inside and radius + 1 < centre[0] < thorax.canvas.extent[0] - radius - 1 else None
    elif kind == "juxta-pleural":
        place = _place(thorax, 0.15 * radius, 0.6 * radius, radius, rng)
    else:
        place = _place(thorax, radius + 1, 99, radius, rng)
    if place is None:
        return
    _paint_nodule(thorax, place, radius, kind, rng)
    thorax.nodules.append((place, diameter))


def _paint_nodule(thorax: Thorax, centre: np.ndarray, radius: float, kind: str, rng: np.random.Generator) -> None:
    canvas, turn = thorax.canvas, random_turn(rng)
    radii = radius * np.exp(rng.normal(0, 0.13, 3))
    radii = radii / np.prod(radii) ** (1 / 3) * radius
    if kind == "part-solid":
        canvas.blob(centre, radii, turn, rng.uniform(-640, -430), 0.12, rng)
        if rng.random() < 0.6:
            canvas.blob(centre + rng.normal(0, radius * 0.15, 3), radii * rng.uniform(0.3, 0.55), turn, 10, 0.15, rng)
        return
    value = rng.uniform(150, 350) if rng.random() < 0.1 else rng.normal(30, 30)
    canvas.blob(centre, radii, turn, value, rng.choice([0.06, 0.15]), rng)
    if rng.random() < 0.15 and radius > 3:
        for _ in range(int(rng.integers(4, 9))):
            ray = rng.normal(size=3)
            canvas.capsule(centre, centre + ray / np.linalg.norm(ray) * radius * rng.uniform(1.3, 1.9), 0.5, value - 60)


def _draw_small_finding(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add what readers disagree on: a speck below 3 mm or a faint cloud; the evaluation ignores marks on it."""
    radius = rng.uniform(1.0, 1.6)
    if (centre := _place(thorax, 2, 99, radius, rng)) is None:
        return
    if rng.random() < 0.5:
        thorax.canvas.blob(centre, np.full(3, radius), np.eye(3), rng.uniform(-100, 60), 0.1, rng)
        thorax.excluded.append((centre, -1.0))
    else:
        thorax.canvas.blob(centre, np.full(3, radius * 3), np.eye(3), rng.uniform(-720, -600), 0.2, rng)
        thorax.excluded.append((centre, radius * 6))


def _draw_lookalike(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add what resembles a nodule: a pleural plaque, a scar, a plugged bronchus or a node where vessels cross."""
    kind = int(rng.integers(4))
    centre = _place(thorax, -0.5, 1.0, 4, rng) if kind == 0 else _place(thorax, 4, 99, 4, rng)
    if centre is None:
        return
    size, turn = rng.uniform(1.5, 4.5), random_turn(rng)
    if kind == 0:  # flat and wide, along the chest wall
        middle = thorax.canvas.extent / 2
        thorax.canvas.blob(centre, np.array([size * 2.5, size * 1.8, 1.6]), _along_wall(centre - middle), 20, 0.1, rng)
    elif kind == 1:  # a plate or a strand
        thorax.canvas.blob(
            centre, size * np.array([0.45, rng.uniform(0.6, 1.8), 2.6]), turn, rng.uniform(-200, 40), 0.1, rng
        )
    elif kind == 2:  # a short tube
        thorax.canvas.capsule(centre - turn[0] * size * 2, centre + turn[0] * size * 2, size * 0.7, rng.uniform(0, 50))
    else:
        for ray in turn:
            thorax.canvas.capsule(centre - ray * rng.uniform(5, 12), centre + ray * rng.uniform(5, 12), size * 0.45, 50)
    thorax.lookalikes.append(centre)


def _along_wall(outwards: np.ndarray) -> np.ndarray:
    """Axes (columns) whose third points outwards in the axial plane."""
    normal = np.array([0.0, outwards[1], outwards[2]]) / max(float(np.hypot(*outwards[1:])), 1e-6)
    up = np.array([1.0, 0, 0])
    return np.stack([up, np.cross(normal, up), normal], axis=1)
