"""The same work on many scans in parallel processes."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import kit
from kit import DataError, console
from kit.files import cache_dir, json_safe

from . import worker


def process_count(items: int, limit: int = 16) -> int:
    """Return how many processes to use for ``items`` pieces of work: one a core, at most ``limit``."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, items, limit))


def run_in_processes(
    function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], processes: int
) -> Iterator[tuple[int, Any]]:
    """Yield (position, result) of ``function(*arguments[position])`` as they are ready; the first error ends it.

    ``function`` is one of a module's; arguments are numbers, texts and paths; results are what JSON holds.

    The processes are started afresh: a fork would break Paddle's threads. They import nothing from the user's current
    folder, which may be untrusted, and end with this process.
    """
    workers = _start_all(processes) if processes > 1 else []
    if not workers:
        for position, chosen in enumerate(arguments):
            yield position, json_safe(function(*chosen))
        return
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
    for position in range(len(arguments)):
        todo.put(position)
    requests = [_request(function, chosen) for chosen in arguments]
    threads = [threading.Thread(target=_serve, args=(w, requests, todo, done), daemon=True) for w in workers]
    try:
        for thread in threads:
            thread.start()
        for _ in arguments:
            answer = done.get()
            yield answer.position, _result(answer, arguments[answer.position])
    finally:
        for process in workers:
            process.kill()
        for thread in threads:
            thread.join()
        for process in workers:
            process.communicate()


class _Answer(NamedTuple):
    position: int
    line: str
    """Empty where the process ended without an answer."""


def _request(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    name = f"{function.__module__}:{function.__qualname__}"
    return json.dumps({"function": name, "arguments": [worker.encode(value) for value in arguments]})


def _start_all(count: int) -> list[subprocess.Popen[str]]:
    """Start as many processes as possible, at most ``count``."""
    workers: list[subprocess.Popen[str]] = []
    try:
        while len(workers) < count:
            workers.append(_start())
    except OSError as error:  # no more processes, memory or file descriptors
        console.warn(f"{len(workers)} of {count} processes could be started ({error.strerror})")
    return workers


def _start() -> subprocess.Popen[str]:
    folder = cache_dir().absolute() / "lung_nodules"
    folder.mkdir(parents=True, exist_ok=True)
    safe = ["-P"] if sys.version_info >= (3, 11) else []  # before, the kit's own folder is all that can be imported
    roots = [str(Path(kit.__file__).parents[1]), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = {
        **os.environ,
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join(str(Path(root).absolute()) for root in roots),
        "KIT_CACHE": str(cache_dir().absolute()),
    }
    command = [sys.executable, *safe, "-m", worker.__name__]
    return subprocess.Popen(  # noqa: S603  this interpreter, a module of this package
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


def _serve(
    process: subprocess.Popen[str],
    requests: Sequence[str],
    todo: queue.SimpleQueue[int],
    done: queue.SimpleQueue[_Answer],
) -> None:
    """Hand one request after another to a process; runs in a thread of this one."""
    while True:
        try:
            position = todo.get_nowait()
        except queue.Empty:
            return
        try:
            print(requests[position], file=process.stdin, flush=True)
            line = process.stdout.readline() if process.stdout else ""
        except (OSError, ValueError):  # the process has ended
            line = ""
        done.put(_Answer(position, line))
        if not line:
            return


def _result(answer: _Answer, arguments: tuple[Any, ...]) -> Any:
    where = next((value for value in arguments if isinstance(value, Path)), None)
    if not answer.line:
        raise DataError(
            "a process that prepared a scan ended too early",
            where=where,
            remedy="memory may be short: close other programs, or allow fewer cores (taskset)",
        )
    found = json.loads(answer.line)
    if "traceback" in found:
        raise RuntimeError("a process failed:\n" + found["traceback"])
    if "message" in found:
        parts = found["parts"]
        raise DataError(
            found["message"],
            expected=parts["expected"],
            found=parts["found"],
            where=parts["where"],
            remedy=parts["to do"],
        )
    return found["result"]
