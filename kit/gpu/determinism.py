"""Paddle's flags for algorithms that give the same bytes, or for the fastest ones."""

from __future__ import annotations

from typing import Any

FLAGS = {
    True: {
        "FLAGS_cudnn_deterministic": True,
        "FLAGS_cudnn_exhaustive_search": False,
        "FLAGS_embedding_deterministic": 1,
    },
    False: {
        "FLAGS_cudnn_deterministic": False,
        "FLAGS_cudnn_exhaustive_search": True,
        "FLAGS_embedding_deterministic": 0,
    },
}
"""Deterministic or not: cuDNN's algorithms, whether it tries all and takes the fastest, gradients of embeddings."""


def set_deterministic(paddle: Any, deterministic: bool) -> list[str]:
    """Set the flags, and return those that this version of Paddle does not have."""
    missing = []
    for name, value in FLAGS[deterministic].items():
        try:
            paddle.set_flags({name: value})
        except ValueError:
            missing.append(name)
    return missing
