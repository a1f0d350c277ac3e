import numpy as np
from kit_plugins.pathology_segmentation import TASK


def test_views_of_a_window_are_undone_on_its_predictions() -> None:
    batch = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 48), np.uint8)
    seen = {view.apply(batch).tobytes() for view in TASK.views}
    assert len(seen) == 7
    for view in TASK.views:
        assert (view.undo(view.apply(batch)[:, 0]) == batch[:, 0]).all()
