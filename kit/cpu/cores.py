"""Count the physical cores that this process may use, and detect AMD processors (exact on Linux, a guess elsewhere)."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
TOPOLOGY = Path("/sys/devices/system/cpu")


def usable() -> tuple[int, str]:
    """Return the number of physical cores this process may use, at least 1, and why it is that number."""
    count, why = _physical(), "physical cores this process may run on"
    quota = _quota()
    if quota is not None and int(quota) < count:
        count, why = max(1, int(quota)), f"the container's quota of {quota:g} processors"
    return count, why


def logical() -> int:
    """Return how many threads run at once here, at least 1: each hardware thread of a core counts."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    return allowed if quota is None else max(1, min(allowed, int(quota)))


def processes() -> int:
    """Return how many processes train one model together, this one included: 1 unless ``--device`` names several."""
    number = os.environ.get("PADDLE_TRAINERS_NUM", "1")
    return max(1, int(number)) if number.isdigit() else 1


def each() -> tuple[int, str]:
    """Return the number of cores for each training process, at least 1, and why it is that number."""
    count, why = usable()
    together = processes()
    return (count, why) if together == 1 else (max(1, count // together), f"{why}, divided among {together} processes")


@cache
def amd_with_avx2() -> bool:
    """Return whether this is a Linux machine with an AMD processor that has AVX2."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return False
    text = _read(Path("/proc/cpuinfo"))
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return "AuthenticAMD" in text and "avx2" in flags


def _physical() -> int:
    """Count the cores in the process's affinity mask: hardware threads of one core count once."""
    if not hasattr(os, "sched_getaffinity"):
        return max(1, (os.cpu_count() or 1) // (2 if platform.machine() in ("x86_64", "AMD64") else 1))
    allowed = os.sched_getaffinity(0)
    siblings = {_read(TOPOLOGY / f"cpu{index}/topology/thread_siblings_list") or str(index) for index in allowed}
    return max(1, len(siblings))


def _quota() -> float | None:
    """Return the smallest processor quota of the process's control groups and their parents, or None without one."""
    limits = []
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            roots, limit = [CGROUPS], _limit_v2
        elif "cpu" in controllers.split(","):
            roots, limit = [CGROUPS / "cpu", CGROUPS / controllers], _limit_v1
        else:
            continue
        for root in roots:
            here = root / path.lstrip("/")
            limits += [limit(folder) for folder in (here, *here.parents) if folder.is_relative_to(root)]
    found = [value for value in limits if value is not None]
    return min(found) if found else None


def _limit_v2(folder: Path) -> float | None:
    """Read ``cpu.max``: 'max 100000' or 'quota period', in microseconds."""
    quota, _, period = _read(folder / "cpu.max").partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.strip().isdigit() else None


def _limit_v1(folder: Path) -> float | None:
    """Read ``cpu.cfs_quota_us`` (-1 is no limit) and ``cpu.cfs_period_us``."""
    quota, period = (_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
