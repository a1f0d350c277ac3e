from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import Label
from kit_plugins.pathology_segmentation.polygon import Shape, rasterise
from kit_plugins.pathology_segmentation.synthetic.tissue import blob

from kit import Sample


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slides")
    TASK.sample(folder, 5, 0)
    return folder


@pytest.fixture
def slide(tmp_path: Path) -> Sample:
    """A slide of odd sides, of smooth noise."""
    image = np.random.default_rng(0).integers(0, 256, (411, 297, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), cv2.GaussianBlur(image, (0, 0), 2))
    return Sample("a", str(tmp_path / "a.png"), Label(None))


def trained(name: str):
    """Build a network whose batch statistics are not 0 and 1, and whose outputs vary."""
    paddle = pytest.importorskip("paddle")
    paddle.seed(1)
    config = replace(TASK.config, model=name, width=8)
    if name == "fcn":
        from kit_plugins.pathology_segmentation.model import Fcn8s

        layer = Fcn8s(0.5, divisor=32)  # the same receptive field at a thousandth of the work
    else:
        layer = TASK.models[name].build(config)
    batch = np.random.default_rng(2).integers(0, 256, (2, 3, 64, 64), np.uint8)
    layer.train()
    for _ in range(3):
        layer(paddle.to_tensor(batch))
    layer.eval()
    objective = TASK.objective

    def forward(x: np.ndarray) -> np.ndarray:
        with paddle.no_grad():
            return objective.activation(layer(paddle.to_tensor(x))).numpy()

    return layer, forward, config


def regions(side: int, count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rings = [blob(rng.uniform(0, side, 2), side / 9, 0.3, 60, rng) for _ in range(count)]
    return rasterise([Shape((ring,)) for ring in rings], 0, side, 0, side)
