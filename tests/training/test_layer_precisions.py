"""The run card says in which precision each kind of layer computed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from kit.device import paddle
from kit.report.run_page import _facts
from kit.runs.run import Run
from kit.training.layer_precisions import LayerPrecisions, record_precisions


class Mixed(paddle.nn.Layer):
    """A recurrent layer and a linear one whose result is rounded."""

    def __init__(self):
        super().__init__()
        self.gru, self.head = paddle.nn.GRU(4, 8), Rounded()

    def forward(self, x):
        return self.head(self.gru(x)[0])


class Rounded(paddle.nn.Layer):
    """Weights of its own, and a result in bfloat16."""

    def __init__(self):
        super().__init__()
        self.weight = self.create_parameter([8, 2])

    def forward(self, x):
        return (x @ self.weight).astype("bfloat16")


def test_layers_with_weights_are_seen_with_the_type_of_what_they_return():
    network = Mixed()
    plain = network(paddle.ones([1, 3, 4])).astype("float32").numpy()
    watch = LayerPrecisions(network, "bfloat16")
    seen = network(paddle.ones([1, 3, 4])).astype("float32").numpy()
    assert watch.stop() == {"GRU": "float32", "Rounded": "bfloat16"}
    assert (plain == seen).all()
    network(paddle.ones([1, 3, 4]))
    assert watch.stop() == {}


def test_in_float32_no_layer_gets_a_hook():
    network = Mixed()
    watch = LayerPrecisions(network, "float32")
    assert not any(layer._forward_post_hooks for layer in network.sublayers())
    assert watch.stop() == {}


def test_the_card_and_its_facts_in_the_report_say_it(kit_cli, toy_plugins, toy_folder):
    options = ("--epochs", 1, "--device", "cpu", "--set", "workers=0")
    result = kit_cli("train", "bars", "--data", toy_folder, *options)
    assert result.exit_code == 0, result.stderr
    run = Run(Path(result.stdout.splitlines()[-1]))
    assert run.card.layer_precisions is None
    job = SimpleNamespace(device=SimpleNamespace(writes=True), run=run)
    record_precisions(job, {"Conv2D": "bfloat16", "Linear": "float32"})
    assert ("Layers", "Conv2D bfloat16, Linear float32") in _facts(run.card)
