"""The command line: one short module for each verb, imported when it is used."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from kit import __version__
from kit.cli.boundary import error_boundary
from kit.cli.document import META, Document, current_document
from kit.cli.every_verb import add_options, options
from kit.console import LEVELS, error
from kit.errors import KitError
from kit.processes import protect_children

# In the order in which they are used; `kit --help` lists them in this order.
VERBS = {
    "run": "Everything: audit, train, predict, write, check, score, rank, report.",
    "tasks": "List every task, and broken plugins with the reason.",
    "show": "Show a task's card: files, format, metric, models, defaults.",
    "sample": "Write a small data set in the contest's own layout.",
    "audit": "Check whether data are fit to train on.",
    "train": "Train a model on a contest's files.",
    "predict": "Write the submission of one run, or of the average of several.",
    "export": "Write a run's network as an ONNX file, or in Paddle's format.",
    "compare": "Compare runs sample by sample, or train several models on one split.",
    "blend": "Combine what several runs have predicted, if that helps.",
    "tune": "Search for better settings; retrain the winner on other seeds.",
    "check": "List every fault of a submission.",
    "score": "Score a submission against answers.",
    "leaderboard": "Rank the recorded submissions.",
    "submit": "Submit a run to Kaggle and wait for its score.",
    "bundle": "Gather what a notebook without internet needs to predict.",
    "runs": "List the runs: state, model, held-out score, age.",
    "diff": "Show in what two runs differ: settings and rows.",
    "replay": "Repeat a run from its card; say whether the bytes agree.",
    "report": "Write a run's HTML page again.",
    "new-task": "Write a new plugin that already runs, from a contest's files too.",
    "certify": "Test a task against the laws of the contract.",
    "config": "Print a file of a task's settings, for --config.",
    "completion": "Print the script that completes verbs, tasks and runs in your shell.",
    "doctor": "Show versions, device, threads; what is missing and how to get it.",
}


class Verbs(click.Group):
    """A group whose verbs are the ``command`` of ``kit.cli.VERB``, imported only when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of ``VERBS``."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the verb and give it the options that every verb has."""
        if name not in VERBS:
            return self._added(ctx).get(name)
        return add_options(importlib.import_module(f"kit.cli.{name.replace('-', '_')}").command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing any, and those of plugins."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))
        added = [(name, command.get_short_help_str(80)) for name, command in self._added(ctx).items()]
        if added:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(added)

    def _added(self, ctx: click.Context) -> dict[str, click.Command]:
        """The verbs of plugins, looked for once."""
        if "kit.verbs" not in ctx.meta:
            from kit.cli.plugin_verbs import plugin_verbs

            with ctx.scope(cleanup=False):
                ctx.meta["kit.verbs"] = {name: add_options(one) for name, one in plugin_verbs(VERBS).items()}
        found: dict[str, click.Command] = ctx.meta["kit.verbs"]
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the verb that is nearest to an unknown one."""
        if args and args[0] not in VERBS and not args[0].startswith("-") and args[0] not in self._added(ctx):
            from kit.cli.suggestions import verb_hint

            ctx.fail(f"No such command {args[0]!r}.{verb_hint(args[0], [*VERBS, *self._added(ctx)])}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Begin the document of ``--json``, within the error boundary."""
        ctx.meta[META] = document = Document(tuple(args))
        with error_boundary(document):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb within the error boundary, and write the document that it gives."""
        document = current_document()
        with error_boundary(document), document:
            return super().invoke(ctx)


@click.group(cls=Verbs, params=options(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kit")
def cli() -> None:
    """From a contest's files to a checked, scored, ranked submission.

    \b
    Start here:   kit run digit_recognizer --sample
    Every task:   kit tasks
    """
    wanted = os.environ.get("KIT_LOG", "")
    if wanted and wanted not in LEVELS:
        raise KitError("KIT_LOG is no level", expected=", ".join(LEVELS), found=wanted, remedy="unset KIT_LOG")


def main() -> NoReturn:
    """The console script."""
    protect_children()
    try:
        cli.main(prog_name="kit", standalone_mode=True)
    except KeyboardInterrupt:
        error("interrupted")
        sys.exit(130)
    sys.exit(0)
