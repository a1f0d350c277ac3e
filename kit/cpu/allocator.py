"""Make glibc keep freed buffers. By default it maps and unmaps memory for the output of every operator.

A ReLU over 100 MB took 175 ms with glibc's defaults and 36 ms with these two settings. The price is that the process
keeps its peak size.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

# malloc.h of glibc
M_TRIM_THRESHOLD = -1
M_MMAP_MAX = -4


@cache
def keep_freed_memory() -> list[tuple[str, str, str]]:
    """Set glibc's two thresholds unless the user configured malloc; return (name, value, why) of what was done."""
    if sys.platform != "linux" or not _glibc():
        return [("malloc", "as it is", "the two thresholds are glibc's")]
    chosen = _chosen_by_user()
    if chosen:
        return [("malloc", "as it is", f"set by you: {chosen}")]
    mallopt = ctypes.CDLL(None).mallopt
    done = mallopt(M_MMAP_MAX, 0) == 1 and mallopt(M_TRIM_THRESHOLD, -1) == 1
    if not done:
        return [("malloc", "as it is", "mallopt refused")]
    return [("malloc", "keeps freed memory", "big buffers are not faulted in again at every operator")]


def _glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except ValueError:
        return False


def _chosen_by_user() -> str | None:
    if os.environ.get("KIT_MALLOC") == "0":
        return "KIT_MALLOC=0"
    if "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", ""):
        return "GLIBC_TUNABLES"
    return next((name for name in os.environ if name.startswith("MALLOC_")), None)
