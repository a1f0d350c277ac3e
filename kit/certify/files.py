"""Laws of the files beside the data: what operating systems leave changes nothing, what is not read is named."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from kit.auditing import audit
from kit.auditing.unread_files import sample_paths
from kit.certify.context import Context, Law, require
from kit.certify.data import alike
from kit.contract.sample import PARTS, Part, Sample

MOST_STRANGERS = 3  # kinds of files that get a file of an unknown kind beside them
UNKNOWN = ".xyz"
MOST_BYTES = 1 << 30  # of data that are copied to be changed
LARGE = "the data are too large to be copied"


def system_files_change_nothing(context: Context) -> str | None:
    """Read the data with and without the files that macOS, Windows and editors leave in every folder."""
    if _is_large(context):
        return LARGE
    data = _copy(context, "data")
    before = {part: _samples(context, data, part) for part in PARTS}
    for folder in [data, *(path for path in data.rglob("*") if path.is_dir())]:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        for path in files[:3]:
            folder.joinpath(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ")
        for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
            folder.joinpath(name).write_bytes(b"\x00\x00\x00\x01Bud1")
    shutil.copytree(context.data, data / "__MACOSX", copy_function=_apple_double)
    for part in PARTS:
        after = _samples(context, data, part)
        ids = [[sample.id for sample in samples] for samples in (before[part], after)]
        require(ids[0] == ids[1], f"{part}: system files change the samples from {len(ids[0])} to {len(ids[1])}")
        for a, b in zip(before[part], after, strict=True):
            for field in dataclasses.fields(Sample):
                same = alike(getattr(a, field.name), getattr(b, field.name))
                require(same, f"{part}: system files change {field.name} of sample {a.id!r}")
    return None


def unread_files_are_named(context: Context) -> str | None:
    """Put files of an unknown kind beside the samples' files, with their names; the audit must name each."""
    if _is_large(context):
        return LARGE
    data = _copy(context, "data")
    samples = [sample for part in PARTS for sample in _samples(context, data, part)]
    held = sorted({path for sample in samples for path in sample_paths(sample, data)})
    by_kind = {(path.parent, path.suffix): data / path for path in held}
    strangers = [path.with_suffix(UNKNOWN) for path in by_kind.values()][:MOST_STRANGERS]
    if not strangers:
        return "the samples hold no paths"
    for path in strangers:
        path.write_bytes(b"a format that nobody reads\n")
    findings = audit(context.task, data, context.config)
    text = "\n".join(f"{finding.where} {finding.message}" for finding in findings)
    silent = [path.relative_to(data).as_posix() for path in strangers if path.name not in text]
    require(not silent, f"the audit does not name {', '.join(silent)}, which lies beside the data and is not read")
    return None


def _is_large(context: Context) -> bool:
    return sum(path.stat().st_size for path in context.data.rglob("*") if path.is_file()) > MOST_BYTES


def _copy(context: Context, name: str) -> Path:
    return shutil.copytree(context.data, context.work / name)


def _samples(context: Context, data: Path, part: Part) -> list[Sample]:
    found = context.task.reader(data, part)
    return [found[i] for i in range(len(found))]


def _apple_double(source: str, target: str) -> str:
    path = Path(target)
    path.with_name(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07")
    return target


FILES = (
    Law("files that operating systems leave beside the data change nothing", system_files_change_nothing),
    Law("a file beside the data that is not read is named by the audit", unread_files_are_named),
)
