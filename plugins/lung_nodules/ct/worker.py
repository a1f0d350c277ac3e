"""A process that does one piece of work after another; :mod:`.processes` starts it and talks to it in JSON lines.

It ends with its parent, whatever ends that: the kernel kills it (Linux), and it exits when its input is closed.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, TextIO

from kit import KitError
from kit.files import json_safe

PR_SET_PDEATHSIG = 1


def encode(value: Any) -> Any:
    """Turn an argument into what JSON holds; paths are made absolute, since a worker has a folder of its own."""
    return {"path": str(value.absolute())} if isinstance(value, Path) else value


def decode(value: Any) -> Any:
    """Undo :func:`encode`."""
    return Path(value["path"]) if isinstance(value, dict) else value


def answer(request: str) -> dict[str, Any]:
    """Carry out a request: ``{"function": "module:name", "arguments": [...]}``."""
    asked = json.loads(request)
    try:
        module, name = asked["function"].split(":")
        function = getattr(importlib.import_module(module), name)
        return {"result": json_safe(function(*map(decode, asked["arguments"])))}
    except KitError as error:
        parts = {name: None if part is None else str(part) for name, part in error.parts.items()}
        return {"message": error.message, "parts": parts}
    except Exception:  # a bug: its traceback is shown by the parent
        return {"traceback": traceback.format_exc()}


def main() -> None:
    """Answer each line of standard input with a line on what was standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted too, and ends this process
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    # Whatever a library prints goes to standard error and not between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threading.Thread(target=_receive, args=(sys.stdin, requests), daemon=True).start()
    while True:
        print(json.dumps(answer(requests.get())), file=answers, flush=True)


def _receive(lines: TextIO, requests: queue.SimpleQueue[str]) -> None:
    for line in lines:
        requests.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
