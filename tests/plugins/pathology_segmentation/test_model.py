from dataclasses import replace

import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK

from .conftest import trained

CONFIG = TASK.config
SIZES = ((1, 64, 64), (2, 64, 64), (1, 96, 160), (1, 160, 96))


def test_the_loss_is_low_for_right_and_high_for_wrong_answers() -> None:
    paddle = pytest.importorskip("paddle")
    y = np.zeros((2, 8, 8), np.uint8)
    y[:, :4] = 1
    right = paddle.to_tensor(np.where(y, 12.0, -12.0).astype(np.float32))
    loss = TASK.objective.loss
    assert float(loss(right, paddle.to_tensor(y), CONFIG)) < 0.01
    assert float(loss(-right, paddle.to_tensor(y), CONFIG)) > 10
    coarse = paddle.to_tensor(np.where(y[:, ::2, ::2], 12.0, -12.0).astype(np.float32))
    assert float(loss(coarse, paddle.to_tensor(y), CONFIG)) < 0.01
    none = paddle.to_tensor(np.zeros_like(y))
    assert float(loss(paddle.full([2, 8, 8], -12.0), none, CONFIG)) < 0.1  # a batch without cancer


@pytest.mark.parametrize("name", ["unet", "fcn"])
def test_every_weight_learns(name: str) -> None:
    layer, _, config = trained(name)
    import paddle

    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (2, 3, 64, 64), np.uint8), (rng.random((2, 64, 64)) < 0.4).astype(np.uint8)
    layer.train()
    TASK.objective.loss(layer(paddle.to_tensor(x)), paddle.to_tensor(y), config).backward()
    learning = [(key, tensor) for key, tensor in layer.named_parameters() if not tensor.stop_gradient]
    for parameter, tensor in learning:
        assert tensor.grad is not None and np.isfinite(tensor.grad.numpy()).all(), parameter
        assert np.abs(tensor.grad.numpy()).max() > 0, parameter


def test_fcn_takes_the_weights_of_a_vgg_by_name() -> None:
    pytest.importorskip("paddle")
    from paddle.vision.models import vgg16

    fcn = TASK.models["fcn"].build(replace(CONFIG, model="fcn"))
    own = {name: tuple(t.shape) for name, t in fcn.state_dict().items() if name.startswith("features")}
    theirs = {name: tuple(t.shape) for name, t in vgg16().state_dict().items() if name.startswith("features")}
    assert own == theirs and len(own) == 26


@pytest.mark.parametrize("name", ["unet", "fcn"])
def test_a_network_exports_and_predicts_the_same(name: str) -> None:
    """Windows at a slide's edge have other sizes than the one that was exported with."""
    layer, forward, _ = trained(name)
    from kit.prediction.engines import Activated
    from kit.prediction.inference import predictor
    from tests.prediction.exports import in_every_engine

    rng = np.random.default_rng(0)
    batches = [rng.integers(0, 256, (count, 3, high, wide), np.uint8) for count, high, wide in SIZES]
    network = Activated(layer, TASK.objective.activation)
    for exported in in_every_engine(network, batches[0]).values():
        assert np.abs(exported(batches[0]) - forward(batches[0])).max() < 1e-4
    run = predictor(network, batches[0])
    engine = run.engine
    for batch in batches:
        assert np.abs(run(batch) - forward(batch)).max() < 1e-4
    assert run.engine == engine
