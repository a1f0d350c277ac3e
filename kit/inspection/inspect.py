"""Look at a contest's download and say what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kit.blocks.records import EXCEL
from kit.errors import DataError
from kit.inspection.files import Download, list_download, unknown_facts
from kit.inspection.findings import Inspection
from kit.inspection.options import Options
from kit.inspection.roles import find_roles
from kit.inspection.tables import read_table
from kit.inspection.tabular import inspect_table

SHOWN = 6


def inspect_folder(folder: Path, options: Options) -> Inspection:
    """Inspect a folder or an archive. Raises DataError for what is not understood, with the files' names."""
    download = list_download(folder)
    found = _inspected(download, options)
    return replace(found, facts=(*found.facts, *unknown_facts(download)))


def _inspected(download: Download, options: Options) -> Inspection:
    if download.images:
        from kit.inspection.images import inspect_images

        return inspect_images(download, options)
    if download.arrays:
        from kit.inspection.arrays import inspect_arrays

        return inspect_arrays(download, options)
    roles = find_roles([read_table(path) for path in download.tables])
    if roles.train is None:
        raise _not_understood(download)
    return inspect_table(roles, options)


def _not_understood(download: Download) -> DataError:
    remedy = "kit new-task NAME writes an example plugin to be changed by hand"
    if any(path.suffix.lower() in EXCEL for path in (*download.tables, *download.others)):
        remedy = "save each sheet of a workbook as a table: train.csv, test.csv and sample_submission.csv"
    found = _shown([*download.tables, *download.others], download.folder)
    return DataError(
        "no training part is found among these files",
        expected="train.csv; or images, in folders of their classes or named in a table; or arrays in .npz or .h5",
        found=found or "no file that is understood",
        where=download.folder,
        remedy=remedy,
    )


def _shown(paths: Sequence[Path], folder: Path) -> str:
    kinds = Counter(path.suffix.lower() or path.name for path in paths)
    names = [str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name for path in paths[:SHOWN]]
    counts = ", ".join(f"{count:,} {suffix}" for suffix, count in kinds.most_common(4))
    return ", ".join(names) + (f", ... ({counts})" if len(paths) > SHOWN else "")
