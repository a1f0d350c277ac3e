"""What somebody probably meant: verbs by the names that other tools give them, and settings typed as options."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence

import click

from kit.contract.config import TrainConfig

OTHER_VERBS = {
    "eval": "score",
    "evaluate": "score",
    "fit": "train",
    "infer": "predict",
    "init": "new-task",
    "list": "tasks",
    "ls": "runs",
    "models": "show",
    "new": "new-task",
    "test": "certify",
    "validate": "check",
    "ensemble": "blend",
    "board": "leaderboard",
    "rank": "leaderboard",
    "pack": "bundle",
    "repeat": "replay",
    "reproduce": "replay",
}
OTHER_SETTINGS = {"lr": "learning_rate", "bs": "batch_size", "wd": "weight_decay", "num_workers": "workers"}


def verb_hint(typed: str, verbs: Sequence[str]) -> str:
    """A question that names the verb that was probably meant; empty if none is near.

    >>> verb_hint("TRAIN", ["train"]), verb_hint("eval", ["score"]), verb_hint("xyz", ["train"])
    (" Did you mean 'train'?", " Did you mean 'score'?", '')
    """
    plain = typed.lower().replace("_", "-")
    if plain in verbs:
        return f" Did you mean {plain!r}?"
    near = [OTHER_VERBS[plain]] if plain in OTHER_VERBS else difflib.get_close_matches(plain, verbs, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def setting_hint(error: click.NoSuchOption) -> str:
    """How to give a setting that was typed as an option; empty if it is none of the kit's."""
    name = error.option_name.lstrip("-").replace("-", "_")
    name = OTHER_SETTINGS.get(name, name)
    known = {item.name for item in dataclasses.fields(TrainConfig)}
    return f" It is a setting: --set {name}=VALUE." if name in known else ""
