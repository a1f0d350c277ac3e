"""Write three slices round every nodule as NumPy files: ``kit export-slices --data DIR -o DIR``.

The files are those of 《使用腾讯云GPU学习深度学习》系列之四: ``images_%04d_%04d.npy`` and ``masks_%04d_%04d.npy``,
numbered by scan and by nodule in it. The masks have the nodule's radius, not twice that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
import numpy as np

from kit import KitError, console
from kit.files import atomic

from .ct.geometry import nodule_mask
from .ct.scan import read_scan
from .files import open_folder, read_annotations


def export_slices(data: Path, target: Path) -> int:
    """Write each nodule's slices (3, H, W) float32 of HU and masks (3, H, W) uint8, and return how many nodules."""
    folder = open_folder(data)
    nodules = read_annotations(folder).spheres()
    count = 0
    for scan, uid in enumerate(uid for uid in folder.part("train") if uid in nodules):
        values, grid, _ = read_scan(folder.headers[uid])
        for number, nodule in enumerate(nodules[uid]):
            if not grid.contains(nodule[:3]):
                console.warn(f"a nodule lies outside its volume: {nodule[:3].tolist()} mm in {uid}")
                continue
            middle = round(float(grid.voxels(nodule[:3])[0]))
            slices = np.clip([middle - 1, middle, middle + 1], 0, len(values) - 1)
            mask = nodule_mask(grid, nodule)[slices]
            _write(target / f"images_{scan:04d}_{number:04d}.npy", values[slices].astype(np.float32))
            _write(target / f"masks_{scan:04d}_{number:04d}.npy", mask.astype(np.uint8))
            count += 1
    return count


def _write(path: Path, array: np.ndarray) -> None:
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)


@click.command("export-slices")
@click.option("--data", type=click.Path(exists=True, path_type=Path), metavar="DIR", required=True, help="The scans.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR", required=True, help="Where to write.")
def export_command(data: Path, output: Path) -> Mapping[str, object]:
    """Write three slices round every lung nodule, and their masks, as NumPy files.

    images_SCAN_NODULE.npy holds three slices of HU, float32; masks_SCAN_NODULE.npy the nodule in them, uint8.

    \b
    Example: kit export-slices --data luna16/ -o slices/
    """
    count = export_slices(data, output)
    if not count:
        raise KitError(
            "no scan has an annotated nodule",
            expected="annotations.csv with the uids of scans in the folder",
            where=data,
            remedy=f"kit audit lung_nodules_detection --data {data}",
        )
    console.info(f"{count:,} {'nodule' if count == 1 else 'nodules'} written")
    console.output_path(output)
    return {"data": data, "folder": output, "nodules": count}
