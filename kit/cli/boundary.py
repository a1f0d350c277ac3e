"""The one place of the command line that catches errors: a message with what to do, and the exit code."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from typing import Any

import click

from kit import interruption
from kit.cli.document import Document
from kit.console import debug, error, printable
from kit.errors import KitError


class ErrorMessage(click.ClickException):
    """A KitError's message, to be printed on standard error."""

    def show(self, file: Any = None) -> None:
        """Print the message without Click's own heading."""
        error(f"error: {self.message}")


@contextlib.contextmanager
def error_boundary(document: Document) -> Iterator[None]:
    """Turn a KitError or OSError into one message and exit code 1; a bug keeps its traceback.

    With ``--json`` the error is written as the command's document too.
    """
    try:
        with _explained(), interruption.handled():
            yield
    except (click.exceptions.Exit, BrokenPipeError):  # the reader of a pipe has gone, as in `kit tasks | head`
        raise
    except interruption.Interrupted as stop:
        document.fail(stop)
        error(stop.message)
        raise click.exceptions.Exit(stop.exit_code) from None
    except KitError as failure:
        document.fail(failure)
        debug("".join(traceback.format_exception(failure)).rstrip())
        raise ErrorMessage(str(failure)) from failure
    except Exception as failure:
        document.fail(failure)
        raise


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Describe errors of the operating system and wrong usage in the kit's words."""
    try:
        yield
    except KitError:
        raise
    except click.ClickException as failure:  # wrong usage; the message quotes what the user typed
        message = failure.message
        if isinstance(failure, click.NoSuchOption):
            from kit.cli.suggestions import setting_hint

            message += setting_hint(failure)
        vars(failure)["message"] = printable(message)
        raise
    except BrokenPipeError:
        raise
    except OSError as failure:
        from kit.cli.os_errors import as_kit_error

        raise as_kit_error(failure) from failure
    except MemoryError as failure:
        raise KitError("there is not enough memory", remedy="a smaller batch may help: --set batch_size=8") from failure
