"""The layers of a network as a table: shapes of one sample, weights counted once, nothing left out of the sum."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from paddle import nn

from kit import KitError, Model, Sample
from kit.models.layers import LayerRow, layer_table

SAMPLE = Sample("1", np.zeros((1, 8, 8), np.float32), 0)


class Sharing(nn.Layer):
    """Calls one of its layers twice, uses another's weight without calling it, and has a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(64, 64)
        self.other = nn.Linear(64, 2)
        self.scale = self.create_parameter([3])

    def forward(self, x):
        x = self.dense(self.dense(x.flatten(1)))
        return x @ self.other.weight * self.scale.sum()


def with_model(toy, build):
    return dataclasses.replace(toy, models={"tested": Model(build)}, config=dataclasses.replace(toy.config, model=""))


def test_each_layer_has_its_output_shape_without_the_batch_and_its_weights(toy):
    table = layer_table(toy, toy.config, SAMPLE)
    assert [row.kind for row in table.rows] == ["Conv2D", "ReLU", "AdaptiveMaxPool2D", "Flatten", "Linear"]
    assert [row.output for row in table.rows] == [((8, 6, 6),), ((8, 6, 6),), ((8, 1, 1),), ((8,),), ((2,),)]
    assert [row.weights for row in table.rows] == [8 * 9 + 8, 0, 0, 0, 8 * 2 + 2]
    assert table.weights == table.trainable == 98
    assert table.inputs == (("", (1, 8, 8)),)


def test_a_layer_that_is_called_twice_counts_once_and_weights_used_otherwise_are_in_the_sum(toy):
    table = layer_table(with_model(toy, lambda config: Sharing()), toy.config, SAMPLE)
    assert table.rows == (
        LayerRow("dense", "Linear", ((64,),), 64 * 64 + 64),
        LayerRow("network", "Sharing", ((2,),), 3),
        LayerRow("", "other weights", (), 64 * 2 + 2),
    )
    assert table.weights == sum(row.weights for row in table.rows)


def test_a_recurrent_layer_is_one_row_with_the_shapes_of_all_that_it_returns(toy):
    def build(config):
        return nn.Sequential(nn.Flatten(2), nn.Flatten(0, 1), nn.Linear(64, 6), nn.Unflatten(1, [3, 2]), nn.GRU(2, 4))

    table = layer_table(with_model(toy, build), toy.config, SAMPLE)
    last = table.rows[-1]
    assert (last.kind, last.output[0]) == ("GRU", (3, 4))
    assert last.weights == 3 * 4 * (2 + 4) + 2 * 3 * 4


def test_statistics_of_batch_normalization_are_not_trained(toy):
    table = layer_table(with_model(toy, lambda config: nn.BatchNorm2D(1)), toy.config, SAMPLE)
    assert (table.weights, table.trainable) == (4, 2)


def test_an_estimator_has_no_layers_and_the_networks_are_named(toy):
    from sklearn.linear_model import LogisticRegression

    task = dataclasses.replace(
        toy, models={"linear": lambda config: LogisticRegression(), "small": toy.models["small"]}
    )
    with pytest.raises(KitError, match="model 'linear' has no layers") as caught:
        layer_table(task, task.config, SAMPLE)
    assert "--model small" in str(caught.value)
