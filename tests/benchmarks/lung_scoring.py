"""Time and memory of scoring 888 scans with 755,000 candidates: ``python -m tests.benchmarks.lung_scoring``."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import numpy as np

SCANS, MARKS, NODULES, EXCLUDED = 888, 755_000, 1186, 35_192


def write_files(folder: Path) -> Path:
    """Write answers and a submission of the contest's size, and return the submission."""
    rng = np.random.default_rng(0)
    uids = [f"1.3.6.1.4.1.14519.5.2.1.6279.6001.{number:030d}" for number in range(SCANS)]
    (folder / "seriesuids.csv").write_text("\n".join(uids) + "\n")
    centres = rng.uniform(-150, 150, (NODULES, 3)).round(3)
    scans = rng.integers(SCANS, size=NODULES)
    findings = [(uids[scan], *centre, 7.5) for scan, centre in zip(scans, centres, strict=True)]
    others = [(uids[rng.integers(SCANS)], *rng.uniform(-150, 150, 3).round(3), -1) for _ in range(EXCLUDED)]
    for name, rows in (("annotations.csv", findings), ("annotations_excluded.csv", others)):
        text = "".join(",".join(map(str, row)) + "\n" for row in rows)
        (folder / name).write_text("seriesuid,coordX,coordY,coordZ,diameter_mm\n" + text)
    owners, points = rng.integers(SCANS, size=MARKS), rng.uniform(-150, 150, (MARKS, 3)).round(3)
    points[: len(centres)], owners[: len(centres)] = centres, scans
    values = rng.random(MARKS).round(9)
    lines = (f"{uids[o]},{x},{y},{z},{p}\n" for o, (x, y, z), p in zip(owners, points, values, strict=True))
    (folder / "marks.csv").write_text("seriesuid,coordX,coordY,coordZ,probability\n" + "".join(lines))
    return folder / "marks.csv"


def main() -> None:
    """Score the file without and with a bootstrap of 1,000."""
    from kit_plugins.lung_nodules import REDUCTION

    from kit.scoring import score

    with tempfile.TemporaryDirectory() as name:
        file = write_files(Path(name))
        for bootstrap in (False, True):
            start, used = time.perf_counter(), time.process_time()
            found = score(REDUCTION, file, Path(name), bootstrap=bootstrap, parts=False)
            seconds, cpu = time.perf_counter() - start, time.process_time() - used
            print(f"CPM {found.score:.5f} {found.interval}: {seconds:.1f} s, {cpu:.1f} s cpu, bootstrap {bootstrap}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
