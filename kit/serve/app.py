"""The web application: three addresses, all of them for reading."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from kit.contract.task import Task
from kit.errors import KitError

LOOPBACK = ("127.0.0.1", "localhost")
LIMIT = 1000  # rows of a board
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
# A run's folder may come from elsewhere, and its report may hold anything.
REPORT_HEADERS = {**HEADERS, "Content-Security-Policy": HEADERS["Content-Security-Policy"] + "; sandbox"}


def make_app(tasks: Mapping[str, Task], host: str = LOOPBACK[0]) -> Any:
    """The Starlette application. Raises KitError if it is not installed.

    On loopback it answers only requests for this machine's own names, so that a page elsewhere cannot read it through
    a name that it points here (DNS rebinding).
    """
    try:
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware
        from starlette.requests import Request
        from starlette.responses import HTMLResponse, PlainTextResponse, Response
        from starlette.routing import Route
    except ModuleNotFoundError as error:
        raise KitError("serving needs Starlette", found=error, remedy="pip install 'contest-kit[serve]'") from None

    def board_page(request: Request) -> Response:
        task, author = (request.query_params.get(name) or None for name in ("task", "author"))
        return HTMLResponse(_board_page(tasks, task, author), headers=HEADERS)

    def report(request: Request) -> Response:
        from kit.serve.view import find_run

        run = find_run(request.path_params["task"], request.path_params["run"])
        file = run.path / "report.html" if run else None
        if file is None or not file.is_file():
            return PlainTextResponse("there is no such report", 404, headers=HEADERS)
        return HTMLResponse(file.read_bytes(), headers=REPORT_HEADERS)

    def alive(request: Request) -> Response:
        return PlainTextResponse("ok", headers=HEADERS)

    def explained(request: Request, error: Exception) -> Response:
        return PlainTextResponse(str(error), 503, headers=HEADERS)

    allowed = list(LOOPBACK) if host in LOOPBACK else ["*"]
    return Starlette(
        routes=[
            Route("/", board_page, methods=["GET"]),
            Route("/runs/{task}/{run}/report.html", report, methods=["GET"]),
            Route("/alive", alive, methods=["GET"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=allowed)],
        exception_handlers={KitError: explained},
    )


def _board_page(tasks: Mapping[str, Task], task: str | None, author: str | None) -> str:
    from kit.boards import boards, page
    from kit.boards.contest_board import contest_boards
    from kit.ledger import tasks_and_authors
    from kit.serve.view import view

    names, authors = tasks_and_authors()
    found = boards(tasks, task, limit=LIMIT, author=author)
    return page(found, contest_boards(tasks, task), view(found, names, authors, task, author))


def serve(tasks: Mapping[str, Task], host: str, port: int, *, ready: Any) -> None:
    """Serve until the process is stopped; ``ready(address)`` is called when requests are answered.

    ``port`` 0 stands for any free one. Raises KitError if the port is taken or uvicorn is not installed.
    """
    app = make_app(tasks, host)
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise KitError("serving needs uvicorn", found=error, remedy="pip install 'contest-kit[serve]'") from None
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise KitError(
            f"port {port} of {host} cannot be used", found=error, remedy="--port 0 takes a free one"
        ) from None
    name = f"[{host}]" if ":" in host else host
    with listening:
        ready(f"http://{name}:{listening.getsockname()[1]}/")
        uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run(sockets=[listening])
