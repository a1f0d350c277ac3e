"""What somebody probably meant is said, and never done."""

from __future__ import annotations

import pytest

from kit.cli import VERBS
from kit.cli.suggestions import OTHER_VERBS


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["TRAIN"], "Did you mean 'train'?"),
        (["eval"], "Did you mean 'score'?"),
        (["ls"], "Did you mean 'runs'?"),
        (["leaderbord"], "Did you mean 'leaderboard'?"),
        (["train", "bars", "--lr", "1"], "--set learning_rate=VALUE"),
        (["run", "bars", "--batch-size", "8"], "--set batch_size=VALUE"),
        (["run", "captcha"], "arithmetic_captcha"),
        (["show", "lung"], "lung_nodules"),
        (["show", "Digits"], "digits_3d"),
    ],
)
def test_a_near_miss_is_answered_with_what_to_type(arguments, hint, kit_cli, toy_plugins) -> None:
    result = kit_cli(*arguments)
    assert result.exit_code != 0 and hint in result.stderr, result.stderr


def test_other_tools_verbs_lead_to_verbs_of_the_kit() -> None:
    assert set(OTHER_VERBS.values()) <= set(VERBS) and not set(OTHER_VERBS) & set(VERBS)
