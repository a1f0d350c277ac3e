"""The few calls to Kaggle that the kit makes, all through Kaggle's official client (``contest-kit[kaggle]``)."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kit.errors import KitError

Status = Literal["pending", "complete", "error"]
PAGE = 100
PAGES = 50


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A submission as Kaggle knows it. Scores are None until they are published; ``time`` is UTC, ISO 8601."""

    reference: str
    file: str
    time: str
    note: str
    status: Status
    public: float | None
    private: float | None
    error: str


class Kaggle:
    """A connection to Kaggle, with the account of ``kaggle auth login`` or ``KAGGLE_API_TOKEN``.

    Raises KitError without the client or an account, and for everything that Kaggle refuses.
    """

    def __init__(self) -> None:
        self._api = _authenticated()

    def quota(self, contest: str) -> int:
        """How many submissions are left today."""
        with _errors(contest):
            return int(self._api.competition_get_submission_limits(contest).num_allowed_now)

    def submit(self, contest: str, file: Path, note: str) -> str:
        """Upload a file and return Kaggle's reference of the submission."""
        with _errors(contest):
            answer = self._api.competition_submit(str(file), note, contest, quiet=True)
        if not answer.ref:
            raise KitError("Kaggle did not take the submission", found=answer.message, where=file)
        return str(answer.ref)

    def submission(self, contest: str, reference: str) -> Submission:
        """One submission by its reference."""
        with _errors(contest):
            return _submission(self._api.get_submission(int(reference)))

    def submissions(self, contest: str) -> list[Submission]:
        """Every submission of one's own to a contest, the newest first."""
        found: list[Submission] = []
        for page in range(1, PAGES + 1):
            with _errors(contest):
                rows = self._api.competition_submissions(contest, page_number=page, page_size=PAGE) or []
            found += [_submission(row) for row in rows if row is not None]
            if len(rows) < PAGE:
                break
        return found


def _authenticated() -> Any:
    """The client with an account. It prints and exits where it finds none, so both are kept from the user."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            from kaggle.api.kaggle_api_extended import KaggleApi

            api = KaggleApi()
            api.authenticate()
        except ModuleNotFoundError as error:
            raise KitError(
                "this needs Kaggle's client", found=error, remedy="pip install 'contest-kit[kaggle]'"
            ) from None
        except SystemExit:
            raise KitError(
                "Kaggle's client finds no account",
                expected="KAGGLE_API_TOKEN, or a token in ~/.kaggle/",
                remedy="kaggle auth login",
            ) from None
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            raise KitError("Kaggle cannot be reached", found=error) from None
    return api


@contextmanager
def _errors(contest: str) -> Iterator[None]:
    """Turn the client's errors into a KitError, and keep what it prints from standard output."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            yield
    except KitError:
        raise
    except Exception as error:  # the client raises what its libraries do
        status = getattr(getattr(error, "response", None), "status_code", None)
        reasons = {
            401: "Kaggle does not know this account",
            403: "Kaggle refuses this; the contest's rules must be accepted on its page",
            404: f"Kaggle has no contest {contest!r}, or it takes no submissions",
            429: "Kaggle takes no more requests now",
        }
        raise KitError(reasons.get(status, "Kaggle cannot be reached"), found=error) from error  # type: ignore[arg-type]


def _submission(row: Any) -> Submission:
    name = row.status.name.lower()
    status: Status = "complete" if "complete" in name else "error" if "error" in name else "pending"
    return Submission(
        reference=str(row.ref),
        file=row.file_name or "",
        time=row.date.strftime("%Y-%m-%dT%H:%M:%SZ"),
        note=row.description or "",
        status=status,
        public=_number(row.public_score),
        private=_number(row.private_score),
        error=row.error_description or "",
    )


def _number(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def wait_for_score(
    kaggle: Kaggle, contest: str, reference: str, seconds: float, *, sleep: Callable[[float], None]
) -> Submission:
    """Ask for a submission until it is scored or ``seconds`` have passed, with longer and longer pauses."""
    waited, pause = 0.0, 2.0
    while True:
        found = kaggle.submission(contest, reference)
        if found.status != "pending" or waited >= seconds:
            return found
        sleep(pause)
        waited, pause = waited + pause, min(30.0, pause * 1.5)
