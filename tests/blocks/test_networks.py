"""Networks give outputs of the declared shape, and every weight can learn."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

CASES = {
    "residual": (lambda blocks: blocks.residual(3, 5, width=4), (2, 3, 18, 13), (2, 5)),
    "unet": (lambda blocks: blocks.unet(3, width=4, levels=3), (2, 3, 16, 8), (2, 16, 8)),
    "mlp": (lambda blocks: blocks.mlp(2, (2, 2), 3, width=8), (4, 4), (4, 3)),
    "mlp of categories": (lambda blocks: blocks.mlp(0, (2, 2), 3, width=8), (4, 2), (4, 3)),
    "convnet3d": (lambda blocks: blocks.convnet3d(1, 4, width=2), (2, 1, 8, 9, 10), (2, 4)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_network_has_outputs_of_its_shape_and_a_gradient_for_every_weight(name):
    import paddle

    from kit.blocks import networks

    build, inputs, outputs = CASES[name]
    paddle.seed(0)
    network = build(networks)
    x = paddle.to_tensor(np.random.default_rng(0).integers(0, 2, inputs).astype(np.float32))
    y = network(x)
    assert tuple(y.shape) == outputs
    (y**2).sum().backward()
    learned = [weight for weight in network.parameters() if not weight.stop_gradient]
    assert learned
    assert all(weight.grad is not None for weight in learned)


def test_the_training_of_numbers_begins_with_what_is_linear_in_them():
    import paddle

    from kit.blocks import networks

    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=(300, 2)), rng.integers(0, 3, 300)]).astype(np.float32)
    y = np.column_stack([3 * x[:, 0] + 5, x[:, 1] - x[:, 0] + 2 * (x[:, 2] == 1)]).astype(np.float32)
    paddle.seed(0)
    network = networks.mlp(2, (3,), 2, width=8)
    batches = [SimpleNamespace(x=x[rows], y=y[rows]) for rows in np.array_split(np.arange(300), 7)]
    networks.fit_linear(network, batches, [], None)
    network.eval()
    found = network(paddle.to_tensor(x)).numpy()
    assert np.abs(found - y).max() < 0.2, "the penalty shrinks a little; without hidden layers nothing else is missing"
    assert np.sqrt(((found - y) ** 2).mean()) < 0.05
