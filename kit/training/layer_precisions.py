"""In which precision each kind of layer computes, as seen in training: for the run card."""

from __future__ import annotations

import dataclasses
from typing import Any

from kit.device import paddle
from kit.training.job import Job


class LayerPrecisions:
    """Notes the type of what each kind of layer returns, until it is stopped.

    In ``precision`` float32 there is nothing to find out, and no layer gets a hook: on a CPU layers with hooks are not
    computed in chains (:mod:`kit.cpu.onednn.chain`), whose results differ by rounding.
    """

    def __init__(self, layer: Any, precision: str) -> None:
        self._found: dict[str, set[str]] = {}
        layers = [] if precision == "float32" else layer.sublayers(include_self=True)
        watched = [each for each in layers if _computes(each)]
        self._hooks = [each.register_forward_post_hook(self._note) for each in watched]

    def _note(self, layer: Any, inputs: Any, output: Any) -> None:
        first = output[0] if isinstance(output, tuple | list) else output
        if isinstance(first, paddle.Tensor):
            self._found.setdefault(type(layer).__name__, set()).add(str(first.dtype).rpartition(".")[2])

    def stop(self) -> dict[str, str]:
        """Remove the hooks and return the kinds of layers, each with its precision, or several joined by a comma."""
        for hook in self._hooks:
            hook.remove()
        found, self._hooks, self._found = self._found, [], {}
        return {kind: ", ".join(sorted(types)) for kind, types in sorted(found.items())}


def record_precisions(job: Job, found: dict[str, str]) -> None:
    """Write them into the run card, which the first fold completes."""
    if job.device.writes and found and job.run.card.layer_precisions is None:
        job.run.write_card(dataclasses.replace(job.run.card, layer_precisions=found))


def _computes(layer: Any) -> bool:
    """Whether a layer has weights itself, and is no container. Cells of a recurrent layer are not called one by one."""
    return bool(layer.parameters(include_sublayers=False)) or isinstance(layer, paddle.nn.layer.rnn.RNNBase)
