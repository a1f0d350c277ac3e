"""A stand-in for Kaggle: a local server that answers the few calls which the kit makes through the official client.

It is not Kaggle: it shows that the kit and the installed client speak with each other, and what the kit makes of the
answers. The client's own address is replaced and nothing else of it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SERVICE = "/v1/competitions.CompetitionApiService/"


class StandIn:
    """What the server knows: submissions, the quota, and what it was asked."""

    def __init__(self) -> None:
        self.submissions: list[dict[str, Any]] = []
        self.uploads: dict[str, bytes] = {}
        self.left = 5
        self.polls_until_scored = 1
        self.score: dict[str, Any] = {"publicScore": "0.98257", "status": "COMPLETE"}
        self.asked: list[str] = []
        self.status = 200
        self.address = ""

    def answer(self, call: str, request: dict[str, Any]) -> Any:
        """The answer to one call of the client."""
        self.asked.append(call)
        calls: dict[str, Callable[[dict[str, Any]], Any]] = {
            "GetSubmissionLimits": lambda _: {"numAllowedNow": self.left, "numToday": 5 - self.left},
            "StartSubmissionUpload": lambda _: {"token": "blob", "createUrl": f"{self.address}/upload"},
            "CreateSubmission": self._create,
            "GetSubmission": self._get,
            "ListSubmissions": self._list,
        }
        return calls[call](request)

    def _create(self, request: dict[str, Any]) -> Any:
        assert request["blobFileTokens"] == "blob"
        self.left -= 1
        reference = 1000 + len(self.submissions)
        self.add(reference, request["submissionDescription"])
        return {"message": "Successfully submitted", "ref": reference}

    def add(self, reference: int, note: str, **changes: Any) -> None:
        """A submission as Kaggle lists it, not scored yet."""
        row = {"ref": reference, "date": "2026-01-31T12:00:00.000000Z", "description": note, "status": "PENDING"}
        self.submissions.insert(0, {**row, "fileName": "submission.csv", "url": "", **changes})

    def _get(self, request: dict[str, Any]) -> Any:
        row = next(each for each in self.submissions if each["ref"] == request["ref"])
        if self.asked.count("GetSubmission") > self.polls_until_scored:
            row.update(self.score)
        return row

    def _list(self, request: dict[str, Any]) -> Any:
        page, size = int(request.get("page") or 1), int(request.get("pageSize") or 20)
        return {"submissions": self.submissions[(page - 1) * size : page * size]}


@contextmanager
def kaggle_server() -> Iterator[StandIn]:
    """Run the server on a free port of this machine."""
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Authorization"] is None:
                self._send(401, {"message": "unauthorized"})
            elif state.status != 200:
                self._send(state.status, {"message": "refused"})
            elif self.path.startswith(SERVICE):
                self._send(200, state.answer(self.path.removeprefix(SERVICE), json.loads(body)))
            else:  # who the token belongs to
                self._send(200, {"active": True, "username": "anna"})

        def do_PUT(self) -> None:
            length = self.headers["Content-Length"]
            state.uploads[self.path] = self.rfile.read(int(length)) if length else self._chunks()
            self._send(200, {})

        def _chunks(self) -> bytes:
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

        def _send(self, status: int, answer: Any) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            """Nothing: the test's output stays readable."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
