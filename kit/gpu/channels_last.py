"""Convolutions on a GPU in channels-last order, (N, H, W, C), through Paddle's own tuning of layouts.

cuDNN computes half precision in that order, and converts what lies otherwise at every convolution. With the tuning,
tensors stay in it from one layer to the next. Paddle decides at the first convolution: it acts in float16, newer
versions also in bfloat16, and leaves float32 alone. Batch normalization in training keeps the order in float16 alone,
with the environment variable ``FLAGS_cudnn_batchnorm_spatial_persistent=1``; otherwise it converts both ways (Paddle's
``batch_norm_kernel.cu``). So the gain depends on the network, and only the user's setting turns it on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kit.gpu.half_precision import TOLERANCE, Autocast, mixed, near

Switch = Callable[[bool], None]


def set_channels_last(precision: str, wanted: bool, switch: Switch | None = None) -> bool:
    """Switch the tuning on, if it is wanted and gives what the usual order gives, else off; return whether it is on."""
    switch = switch or _switch
    on = wanted and precision != "float32" and works(precision, mixed, switch)
    switch(on)
    return on


def works(precision: str, autocast: Autocast, switch: Switch) -> bool:
    """Whether a small network gives the same outputs and gradients with and without the tuning."""
    found = []
    try:
        for on in (False, True):
            switch(on)
            with autocast(precision, set()):
                found.append(_outputs())
    except Exception:  # Paddle raises errors of many types where it has no kernel
        return False
    return all(near(tuned, plain, TOLERANCE[precision]) for plain, tuned in zip(*found, strict=True))


def _outputs() -> list[np.ndarray]:
    """What a convolution, normalization, pooling, and a linear layer behind them return, and two gradients."""
    import paddle
    from paddle.nn import functional

    rng = np.random.default_rng(0)
    shapes = ((4, 8, 12, 10), (16, 8, 3, 3), (16 * 6 * 5, 8))
    x, kernel, matrix = (paddle.to_tensor(rng.normal(size=shape).astype(np.float32)) for shape in shapes)
    kernel.stop_gradient = matrix.stop_gradient = False
    maps = functional.conv2d(x, kernel, padding=1)
    maps = functional.batch_norm(maps, paddle.zeros([16]), paddle.ones([16]), training=True)
    found = functional.max_pool2d(functional.relu(maps), 2).flatten(1) @ matrix
    found.astype("float32").square().mean().backward()
    return [tensor.astype("float32").numpy() for tensor in (found, kernel.grad, matrix.grad)]


def _switch(on: bool) -> None:
    import paddle

    paddle.incubate.autotune.set_config({"layout": {"enable": on}})
