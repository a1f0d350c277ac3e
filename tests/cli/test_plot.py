"""``--plot``: curves after each epoch on a terminal, in place of the last ones, and nothing elsewhere."""

from __future__ import annotations

import io
import os

import pytest

from kit import console
from kit.trackers.plot_tracker import curves

HISTORY = [{"epoch": i, "train_loss": 1 / i, "valid_loss": 1.2 / i, "valid_score": 1 - 0.5 / i} for i in range(1, 8)]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_losses_and_score_stand_side_by_side_with_whole_epochs_below():
    lines = curves(HISTORY, 90).splitlines()
    assert len(lines) == 15 and max(map(len, lines)) <= 90
    assert "train line, held out o" in lines[0] and "held-out score" in lines[0]
    assert lines[-1].split()[:4] == ["1", "3", "5", "7"]
    assert "1.2" in lines[2] and "0.93" in lines[2]


def test_without_a_held_out_part_the_training_loss_is_drawn_alone_in_ascii_where_it_must():
    text = curves([{"epoch": 1, "train_loss": 0.5}, {"epoch": 2, "train_loss": 0.4}], 60, plain=True)
    assert text.isascii() and "." in text
    assert "score" not in text


def test_a_block_is_erased_when_it_is_drawn_anew_and_messages_since_then_are_kept(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(console, "_block", [])
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 40)))
    console.redraw(lambda unicode: "one\ntwo")
    console.info("epoch 2")
    console.redraw(lambda unicode: "three\nfour")
    assert terminal.getvalue() == "one\ntwo\nepoch 2\n\x1b[3A\x1b[Jepoch 2\nthree\nfour\n"


@pytest.mark.parametrize("level", ["quiet", "info"])
def test_nothing_is_drawn_without_a_terminal_or_when_quiet(capsys, monkeypatch, level):
    if level == "quiet":
        monkeypatch.setattr("sys.stderr", Terminal())
    with console.at_level(level):
        console.redraw(lambda unicode: pytest.fail("drawn"))
    assert capsys.readouterr().err == ""


def test_a_run_draws_after_each_epoch_on_a_terminal_and_a_run_in_a_pipe_does_not(kit_cli, toy_plugins, monkeypatch):
    drawn = []
    monkeypatch.setattr("kit.trackers.plot_tracker.redraw", lambda draw: drawn.append(draw(True)))
    options = ["--sample", "--size", 16, "--epochs", 2, "--set", "workers=0"]
    assert kit_cli("run", "bars", *options, "--plot").exit_code == 0
    assert len(drawn) == 2 and all("held-out score" in text for text in drawn)
    drawn.clear()
    assert kit_cli("run", "bars", *options).exit_code == 0
    assert drawn == []
