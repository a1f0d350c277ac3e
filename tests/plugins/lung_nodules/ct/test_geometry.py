"""World and voxel coordinates, and the voxels of a nodule."""

import numpy as np
import pytest
from kit_plugins.lung_nodules.ct.geometry import Grid, nodule_mask


def test_points_beyond_the_outer_voxels_are_outside():
    grid = Grid((10, 10, 10), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (-1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0))
    assert grid.contains(np.array([-9.0, 0, 0]))
    assert not grid.contains(np.array([9.0, 0, 0]))  # |world - origin| / spacing would call this inside


def test_a_nodule_mask_has_the_radius_of_the_nodule_and_not_twice_that():
    grid = Grid((60, 60, 60), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    mask = nodule_mask(grid, np.array([30.0, 30.0, 30.0, 20.0]))
    assert mask.sum() == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.03)
    assert mask[30, 30, 40] and not mask[30, 30, 41]


def test_a_nodule_between_two_slices_still_has_a_voxel():
    assert nodule_mask(Grid((9, 9, 3), (0.0, 0, 0), (1.0, 1.0, 9.0)), np.array([4.0, 4.0, 4.4, 3.0])).sum() >= 1
