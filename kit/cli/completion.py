"""``kit completion``."""

from __future__ import annotations

import click

from kit.cli.result import give_result
from kit.console import output

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script by which a shell completes verbs, tasks, models, runs and settings.

    \b
    bash, in ~/.bashrc:  eval "$(kit completion bash)"
    zsh, in ~/.zshrc:    eval "$(kit completion zsh)"
    fish:                kit completion fish > ~/.config/fish/completions/kit.fish
    Example: kit completion bash
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"Click does not support {shell}.")
    root = ctx.find_root().command
    completion = kind(root, {}, "kit", "_KIT_COMPLETE")
    script = completion.source_template % completion.source_vars()
    give_result({"shell": shell, "script": script}, lambda: output(script))
