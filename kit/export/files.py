"""The files of an export: an ONNX file with its description beside it, or a folder with both for Paddle."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import numpy as np

from kit.errors import DataError, KitError
from kit.export.names import with_output_names
from kit.export.record import ExportRecord
from kit.files import new_folder, read_json, sha256, write_bytes
from kit.prediction import onnx_network
from kit.prediction.onnx_network import OPSET, OnnxNetwork, converted
from kit.prediction.outputs import refuse_unwritable_output
from kit.prediction.paddle_network import PaddleNetwork
from kit.runs.schema import write_record

DESCRIPTION = "kit.json"
FORMATS = ("onnx", "paddle")
Format = Literal["onnx", "paddle"]


@dataclass(frozen=True)
class Exported:
    """The content of an exported network by file name, and the function that runs it."""

    format: Format
    contents: Mapping[str, bytes]
    run: Callable[[Sequence[np.ndarray]], list[np.ndarray]]
    runtime: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each file."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.contents.items()}

    @property
    def opset(self) -> int | None:
        """The version of ONNX's operators."""
        return OPSET if self.format == "onnx" else None


def convert(
    format: Format, program: Path, weights: Path, name: str, name_outputs: Callable[[Sequence[str], int], list[str]]
) -> Exported:
    """Turn a program and weights, as Paddle saves them, into the format; nothing is written.

    ``name`` is the file's, and ``name_outputs(inputs, count)`` names the outputs, both for ONNX: Paddle names its own.
    """
    if format == "paddle":
        network = PaddleNetwork(program, weights)
        contents = {file.name: file.read_bytes() for file in (program, weights)}
        runtime = f"paddle.inference {_version('paddlepaddle') or _version('paddlepaddle-gpu')}"
        return Exported(format, contents, network, runtime, *network.names)
    content = converted(program, weights)
    inputs, outputs = OnnxNetwork(content).names
    content = with_output_names(content, name_outputs(inputs, len(outputs)))
    onnx = OnnxNetwork(content)
    return Exported(format, {name: content}, onnx, f"onnxruntime {_version('onnxruntime')}", *onnx.names)


def description_path(output: Path, format: Format) -> Path:
    """The description's path: beside an ONNX file, in Paddle's folder."""
    return output.parent / f"{output.name}.json" if format == "onnx" else output / DESCRIPTION


def require_possible(output: Path, format: Format) -> None:
    """Raise KitError before any work where the format's libraries are missing or the output cannot be written.

    What an export wrote before may be replaced if it is a file; a folder must be empty, and no other file is touched.
    """
    if format == "paddle":
        refuse_unwritable_output(None, output)
        if output.exists() and any(output.iterdir()):
            raise KitError("the output is there already", found=output, remedy="name another folder: -o DIR")
        return
    if not onnx_network.installed():
        raise KitError(
            "ONNX files need two more packages",
            expected=" and ".join(onnx_network.LIBRARIES),
            remedy="pip install 'contest-kit[onnx]', or --format paddle",
        )
    refuse_unwritable_output(output)
    described = description_path(output, format)
    if (output.exists() or described.exists()) and not _is_export(output, described):
        raise KitError(
            "there is a file already that no export has written",
            expected=f"nothing, or an export with its description {described.name}",
            found=output if output.exists() else described,
            remedy="name another file: -o FILE",
        )


def _is_export(output: Path, described: Path) -> bool:
    """Whether a description is an export's, and the network, if it is there, the one that it describes."""
    try:
        about = read_json(described)
    except DataError:
        return False
    files = about.get("files") if isinstance(about, dict) else None
    return isinstance(files, dict) and (not output.exists() or files.get(output.name) == sha256(output))


def write(output: Path, exported: Exported, record: ExportRecord) -> None:
    """Write the description and the network, each whole or not at all; the network last."""
    if exported.format == "onnx":
        write_record(description_path(output, "onnx"), record)
        write_bytes(output, exported.contents[output.name])
        return
    with new_folder(output) as folder:
        for name, content in exported.contents.items():
            (folder / name).write_bytes(content)
        write_record(folder / DESCRIPTION, record)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
