"""Wheels of what is installed here: packed again from the installed files, or fetched by pip."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from email.parser import Parser
from importlib import metadata
from pathlib import Path

from kit.errors import KitError
from kit.files import atomic

EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip file: the same content gives the same bytes
METADATA = ("METADATA", "WHEEL", "entry_points.txt", "top_level.txt")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64")


def write_wheel(name: str, packages: Sequence[str], folder: Path) -> Path:
    """Write the wheel of an installed distribution with these top-level packages, in the format of PEP 427.

    An editable installation is packed too, from its sources. Raises KitError for one that is not installed.
    """
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise KitError(
            f"{name} is not installed, so there is no wheel of it",
            remedy="install it with pip; an editable install will do",
        ) from None
    stem = f"{found.metadata['Name'].replace('-', '_').replace('.', '_')}-{found.version}"
    files = dict(sorted(_files(found, packages, f"{stem}.dist-info")))
    record = f"{stem}.dist-info/RECORD"
    path = folder / f"{stem}-{_tag(found)}.whl"
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in {**files, record: _record(files, record)}.items():
            info = zipfile.ZipInfo(member, EARLIEST)
            info.external_attr, info.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def top_levels(name: str, module: str) -> list[str]:
    """The top-level packages of an installed distribution, that of ``module`` among them."""
    names = (metadata.distribution(name).read_text("top_level.txt") or "").split()
    return sorted({*names, module.partition(".")[0]})


def download_wheels(requirements: Sequence[str], versions: Mapping[str, str], python: str, folder: Path) -> None:
    """Let pip fetch the wheels of requirements with all that they depend on, for Linux and this version of Python.

    Packages in ``versions`` are fetched in no other version. ``folder`` holds the wheels that are there already.
    Raises KitError with pip's own words.
    """
    chosen = [option for each in PLATFORMS for option in ("--platform", each)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python, *chosen]
    command += ["--dest", str(folder), "--find-links", str(folder)]
    with tempfile.TemporaryDirectory() as temporary:
        constraints = Path(temporary) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), encoding="utf-8")
        command += ["--constraint", str(constraints), *requirements]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # no shell
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-3:]
        raise KitError("pip cannot fetch the wheels", found="\n".join(last), remedy="leave out --wheels")


def _files(found: metadata.Distribution, packages: Sequence[str], info: str) -> Iterator[tuple[str, bytes]]:
    for name in packages:
        yield from _package(name)
    for name in METADATA:
        text = found.read_text(name)
        if text:
            yield f"{info}/{name}", text.encode()
    for path in found.files or ():
        if path.parent.name == "licenses" and ".dist-info" in path.parts[0]:
            yield f"{info}/licenses/{path.name}", path.read_binary()


def _package(name: str) -> Iterator[tuple[str, bytes]]:
    """The files of a package or module, without what Python has compiled and what is hidden."""
    spec = importlib.util.find_spec(name)
    if spec is None or not (spec.origin or spec.submodule_search_locations):
        raise KitError(f"the package {name} cannot be found, so there is no wheel of it")
    if not spec.submodule_search_locations:
        path = Path(str(spec.origin))
        yield path.name, path.read_bytes()
        return
    for root in map(Path, spec.submodule_search_locations):
        for path in sorted(root.rglob("*")):
            inner = path.relative_to(root)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inner.parts)
            if path.is_file() and not hidden and path.suffix != ".pyc":
                yield f"{name}/{inner.as_posix()}", path.read_bytes()


def _record(files: Mapping[str, bytes], own: str) -> bytes:
    """Path, hash and size of each file, as installers want them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow([name, f"sha256={digest}", len(content)])
    writer.writerow([own, "", ""])
    return text.getvalue().encode()


def _tag(found: metadata.Distribution) -> str:
    """The tag of the file's name: Python, ABI and platform."""
    wheel = Parser().parsestr(found.read_text("WHEEL") or "")
    tags = [tag.split("-") for tag in wheel.get_all("Tag", ["py3-none-any"])]
    return "-".join(".".join(dict.fromkeys(column)) for column in zip(*tags, strict=True))
