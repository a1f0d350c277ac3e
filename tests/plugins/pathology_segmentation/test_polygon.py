from pathlib import Path

import numpy as np
from kit_plugins.pathology_segmentation.polygon import Shape, rasterise


def test_a_pixel_is_filled_where_its_centre_lies_inside() -> None:
    from matplotlib.path import Path as Outline

    rng = np.random.default_rng(0)
    centres = np.stack(np.meshgrid(np.arange(150) + 0.5, np.arange(150) + 0.5), axis=-1).reshape(-1, 2)
    for _ in range(5):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 30))
        ring = 75 + np.c_[np.cos(angle), np.sin(angle)] * rng.uniform(30, 90, (30, 1))
        inside = Outline(ring).contains_points(centres).reshape(150, 150)
        assert (rasterise([Shape((ring,))], 0, 150, 0, 150) == inside).all()


def test_the_mask_of_a_region_equals_that_part_of_the_whole_mask(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rings = tuple(rng.uniform(-10, 210, (25, 2)) for _ in range(3))
    shapes = [Shape(rings[:2]), Shape(rings[2:], fill_rule="nonzero")]
    whole = rasterise(shapes, 0, 200, 0, 150)
    for top, bottom, left, right in [(0, 50, 0, 50), (37, 180, 91, 150), (199, 200, 0, 150)]:
        assert (rasterise(shapes, top, bottom, left, right) == whole[top:bottom, left:right]).all()


def test_crossings_at_pixel_centres_are_rounded_alike_in_every_region() -> None:
    rng = np.random.default_rng(2)
    rings = [np.round(rng.uniform(0, 300, (12, 2)) * 2) / 2 + 0.1 * rng.integers(0, 2) for _ in range(20)]
    shapes = [Shape((ring,)) for ring in rings]
    for shape in shapes:
        whole = rasterise([shape], 0, 300, 0, 300)
        for top, left in ((0, 7), (33, 0), (101, 203)):
            assert (rasterise([shape], top, 300, left, 300) == whole[top:, left:]).all()
