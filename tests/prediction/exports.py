"""A network in each engine that runs it exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kit.prediction import inference, measured
from kit.prediction.saved_network import Arrays, single_or_tuple


def in_every_engine(layer: Any, *example: np.ndarray) -> dict[str, Callable[..., Arrays]]:
    """Export a network; each function takes the arrays of the inputs. Fails where it does not export."""
    networks, reason = inference.exported(layer, example, measured.order(layer))
    assert measured.PADDLE in networks and not reason, reason
    return {
        name: lambda *arrays, network=network: single_or_tuple(network(arrays))  # type: ignore[misc]
        for name, network in networks.items()
    }
