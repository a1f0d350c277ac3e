from pathlib import Path

import numpy as np
from kit_plugins.pathology_segmentation.baseline import CHANNELS, Threshold, channels

from kit.models.estimators import load_estimator, save_estimator


def test_the_baseline_finds_the_channel_and_the_threshold() -> None:
    rng = np.random.default_rng(0)
    y = rng.random((3, 32, 32)) < 0.3
    x = rng.integers(0, 256, (3, 3, 32, 32), np.uint8)
    x[:, 1] = np.where(y, rng.integers(0, 100, y.shape), rng.integers(110, 256, y.shape))
    model = Threshold().fit(x, y.astype(np.uint8))
    assert CHANNELS[model.channel] == "green" and 98 <= model.cut <= 109 and not model.above
    assert ((model.predict_proba(x) >= 0.5) == y).all()
    assert channels(x[0].transpose(1, 2, 0)).shape == (len(CHANNELS), 32, 32)


def test_the_baseline_is_persisted_without_pickle(tmp_path: Path) -> None:
    model = Threshold()
    model.channel, model.cut, model.above = 4, 77, False
    save_estimator(model, Threshold(), tmp_path / "model.skops")
    again = load_estimator(Threshold(), tmp_path / "model.skops")
    assert (again.channel, again.cut, again.above) == (4, 77, False)
