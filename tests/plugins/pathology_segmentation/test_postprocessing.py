import numpy as np
from kit_plugins.pathology_segmentation.postprocessing import remove_small


def test_small_objects_and_small_holes_are_removed() -> None:
    mask = np.zeros((40, 40), bool)
    mask[2:20, 2:20], mask[8:10, 8:10] = True, False  # a region of 320 pixels with a hole of 4
    mask[30:33, 30:33] = True  # 9 pixels
    mask[33, 33] = True  # touches it at a corner
    found = remove_small(mask, 11, 5)
    assert found[2:20, 2:20].all() and not found[30:34, 30:34].any()
    assert (remove_small(mask, 10, 4) == mask).all() and (remove_small(mask, 0, 0) == mask).all()


def test_a_hole_at_the_edge_stays() -> None:
    mask = np.ones((20, 20), bool)
    mask[0:2, 5:7] = False
    assert (remove_small(mask, 0, 100) == mask).all()
