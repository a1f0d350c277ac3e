"""A verb with verbs of its own: ``kit leaderboard`` ranks, ``kit leaderboard add`` does something else."""

from __future__ import annotations

import click


class DefaultVerb(click.Group):
    """A group that runs its command ``show`` if no other of its commands is named, and shows that command's help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``show`` before arguments that name no command."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The pieces of the default command."""
        return [*self._show(ctx).collect_usage_pieces(ctx), "| COMMAND ..."]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The text of the default command."""
        self._show(ctx).format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of the default command, and the other commands."""
        self._show(ctx).format_options(ctx, formatter)
        with formatter.section("Commands"):
            rows = [(name, each.get_short_help_str(90)) for name, each in self.commands.items() if name != "show"]
            formatter.write_dl(rows)

    def _show(self, ctx: click.Context) -> click.Command:
        return self.commands["show"]
