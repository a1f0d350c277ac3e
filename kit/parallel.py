"""Work that a plugin does once for each of many files, on this machine or on a cluster: the option ``--parallel``.

joblib hands the work out. ``--parallel N`` uses N processes of this machine, ``--parallel dask://HOST:PORT`` those of
a Dask scheduler (``contest-kit[cluster]``). The workers must have the kit installed and see the contest's files and
the cache folder (``KIT_CACHE``) under the same paths.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kit.console import info
from kit.errors import KitError
from kit.files import cache_dir
from kit.wording import counted

VARIABLE = "KIT_PARALLEL"
SCHEDULER = re.compile(r"dask://(?P<address>[^/\s:]+:\d{1,5}|\[[0-9A-Fa-f:]+\]:\d{1,5})/?")
PATIENCE = 10  # seconds in which a scheduler must answer


@dataclass(frozen=True)
class Parallel:
    """How many processes of this machine, 0 where it was not said, or the address of a Dask scheduler."""

    processes: int = 0
    scheduler: str = ""


def parse(text: str) -> Parallel:
    """What ``--parallel`` says: a number, ``dask://HOST:PORT``, or nothing. Raises KitError for anything else."""
    text = text.strip()
    if not text:
        return Parallel()
    if text.isascii() and text.isdigit() and int(text) > 0:
        return Parallel(processes=int(text))
    found = SCHEDULER.fullmatch(text)
    if found is None:
        raise KitError(
            "--parallel names nothing to work on",
            expected="a number of processes, or dask://HOST:PORT",
            found=text,
            remedy="dask scheduler prints its address; leave out tcp://",
        )
    return Parallel(scheduler=f"tcp://{found['address']}")


def chosen() -> Parallel:
    """What ``KIT_PARALLEL`` says, which ``--parallel`` sets."""
    return parse(os.environ.get(VARIABLE, ""))


@contextlib.contextmanager
def chosen_as(text: str) -> Iterator[None]:
    """Let ``KIT_PARALLEL`` say this inside of the block, here and in child processes."""
    parse(text)
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = text
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def each(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
    """Yield (position, ``function(*arguments[position])``) as they are ready.

    ``function`` is one of a module's; arguments and results are plain values that can be pickled. What it raises is
    raised here. Without ``--parallel`` it is called in this process, in order. Raises KitError where the scheduler does
    not answer, has no workers, or its library is not installed.
    """
    where = chosen()
    if not arguments:
        return
    if not where.scheduler and min(where.processes, len(arguments)) < 2:
        yield from ((position, function(*given)) for position, given in enumerate(arguments))
        return
    import joblib

    cache = str(cache_dir().absolute())
    work = [joblib.delayed(_call)(function, position, given, cache) for position, given in enumerate(arguments)]
    if where.scheduler:
        with _client(where.scheduler) as client, joblib.parallel_config(backend="dask", client=client):
            yield from joblib.Parallel(return_as="generator_unordered")(work)
    else:
        processes = min(where.processes, len(work))
        yield from joblib.Parallel(n_jobs=processes, return_as="generator_unordered")(work)


def _call(function: Callable[..., Any], position: int, arguments: tuple[Any, ...], cache: str) -> tuple[int, Any]:
    """Do one piece of work in a worker, with the cache folder of the process that asks."""
    os.environ["KIT_CACHE"] = cache
    return position, function(*arguments)


@contextlib.contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    """A client of the scheduler, which has workers."""
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise KitError(
            "--parallel dask:// needs Dask", found=error, remedy="pip install 'contest-kit[cluster]'"
        ) from None
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise KitError(
            "the Dask scheduler does not answer",
            found=str(error).partition("\n")[0] or type(error).__name__,
            where=scheduler,
            remedy="dask scheduler, then dask worker HOST:PORT on each machine",
        ) from None
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            raise KitError(
                "the Dask scheduler has no workers", where=scheduler, remedy=f"dask worker {scheduler} on each machine"
            )
        info(f"working on {counted(len(workers), 'worker')} of {scheduler}")
        yield client
