"""The average of the weights: the same numbers as one tensor at a time, kept and loaded exactly, few operations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.device import paddle
from kit.errors import DataError
from kit.training import ema as module
from kit.training.ema import SMALL, Ema


class Network(paddle.nn.Layer):
    """Small tensors, one that is averaged alone, statistics, a number, float64, and a buffer that is replaced."""

    def __init__(self):
        super().__init__()
        self.large = paddle.nn.Linear(SMALL, 2)
        self.norms = paddle.nn.LayerList([paddle.nn.BatchNorm1D(4) for _ in range(20)])
        self.scale = self.create_parameter([])
        self.register_buffer("precise", paddle.ones([2, 3], "float64"))
        self.register_buffer("count", paddle.zeros([1], "int64"))
        self.register_buffer("last", paddle.zeros([3]))


def network(seed: int = 0) -> Network:
    layer = Network()
    changed(layer, seed)
    return layer


def changed(layer: Network, seed: int) -> None:
    rng = np.random.default_rng(seed)
    layer.last = paddle.zeros([3])
    for tensor in layer.state_dict().values():
        tensor.set_value(rng.normal(size=tensor.shape).astype(str(tensor.dtype).rpartition(".")[2]))


def one_at_a_time(decay: float, updates: int) -> dict[str, np.ndarray]:
    """The definition, tensor by tensor, in Paddle's arithmetic."""
    layer = network()
    averages = {n: t.clone().detach() for n, t in layer.state_dict().items() if n != "count"}
    for update in range(1, updates + 1):
        changed(layer, update)
        now = min(decay, (1 + update) / (10 + update))
        for name, tensor in layer.state_dict().items():
            if name in averages:
                averages[name].scale_(now)
                averages[name].add_(tensor.detach() * (1 - now))
    return {name: tensor.numpy() for name, tensor in averages.items()}


def averaged(layer: Network, ema: Ema, updates: range) -> dict[str, np.ndarray]:
    for update in updates:
        changed(layer, update)
        ema.update()
    return ema.arrays()


def same(mine: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return mine.keys() == other.keys() and all(
        mine[name].shape == other[name].shape and mine[name].tobytes() == other[name].tobytes() for name in mine
    )


def test_small_tensors_together_get_the_bytes_that_each_gets_alone():
    layer = network()
    assert same(averaged(layer, Ema(layer, 0.3), range(1, 5)), one_at_a_time(0.3, 4))


def test_an_average_that_is_loaded_goes_on_with_the_same_bytes(tmp_path):
    layer, again = network(), network(9)
    first, second = Ema(layer, 0.9), Ema(again, 0.9)
    second.load(averaged(layer, first, range(1, 3)), 2, tmp_path)
    whole = averaged(layer, first, range(3, 5))
    assert same(averaged(again, second, range(3, 5)), whole)
    assert second.updates == first.updates == 4


@pytest.mark.parametrize("change", [{"large.bias": None}, {"large.bias": np.zeros(3, np.float32)}, {"x": np.zeros(1)}])
def test_averages_of_another_model_are_refused_by_name(change):
    ema = Ema(network(), 0.9)
    arrays = {name: array for name, array in (ema.arrays() | change).items() if array is not None}
    with pytest.raises(DataError, match="another model") as caught:
        ema.load(arrays, 1, Path("state.safetensors"))
    assert next(iter(change)) in str(caught.value)


def test_the_average_predicts_within_the_block_only():
    layer = network()
    ema = Ema(layer, 0.5)
    expected = averaged(layer, ema, range(1, 3))
    before = {name: tensor.numpy() for name, tensor in layer.state_dict().items()}
    with ema.applied():
        inside = {name: tensor.numpy() for name, tensor in layer.state_dict().items() if name != "count"}
    assert same(inside, expected)
    assert same({name: tensor.numpy() for name, tensor in layer.state_dict().items()}, before)


def test_an_update_is_few_operations_for_many_tensors(monkeypatch):
    layer = network()
    ema = Ema(layer, 0.9)
    joined: list[int] = []
    plain = module._flat
    monkeypatch.setattr(module, "_flat", lambda tensors: joined.append(len(tensors)) or plain(tensors))
    ema.update()
    assert sorted(joined) == [1, 1, 20 * 4 + 3]  # float64, the large weight, and all others


def test_on_a_gpu_large_tensors_are_averaged_with_the_others():
    class OnGpu:
        shape, dtype = [SMALL + 1], "paddle.float32"

        class place:  # noqa: N801  as Paddle names it
            is_gpu_place = staticmethod(lambda: True)

    assert module._groups({"a": OnGpu(), "b": OnGpu()}) == [["a", "b"]]


def test_without_a_decay_nothing_is_kept_and_nothing_changes():
    layer = network()
    ema = Ema(layer, 0.0)
    before = {name: tensor.numpy() for name, tensor in layer.state_dict().items()}
    ema.update()
    with ema.applied():
        pass
    ema.load({}, 0, Path("state.safetensors"))
    assert ema.arrays() == {} and ema.updates == 0
    assert same({name: tensor.numpy() for name, tensor in layer.state_dict().items()}, before)
