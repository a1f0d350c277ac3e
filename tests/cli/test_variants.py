"""Several variants in one configuration file: runs on the same folds, compared at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.interruption import Interrupted
from kit.runs import every_run

FILE = """
data = "toy-data"
epochs = 3
workers = 0
learning_rate = 0.05

[[variant]]
name = "as above"

[[variant]]
name = "another seed, slow"
seed = 7
learning_rate = 1e-6
epochs = 1
"""


@pytest.fixture
def file(toy_folder: Path, toy_plugins: Path) -> Path:
    path = toy_folder.parent / "experiment.toml"
    path.write_text(FILE)
    return path


def test_each_variant_is_a_run_on_the_same_folds_and_the_runs_are_compared(kit_cli, file: Path) -> None:
    done = kit_cli("train", "bars", "--config", file, "--set", "batch_size=32")
    assert done.exit_code == 0, done.stderr
    first, second = every_run("bars")
    assert [run.card.variant for run in (first, second)] == ["as above", "another seed, slow"]
    assert [run.config["split_seed"] for run in (first, second)] == [0, 0]
    assert [(run.config["epochs"], run.config["learning_rate"], run.config["seed"]) for run in (first, second)] == [
        (3, 0.05, 0),
        (1, 1e-6, 7),
    ]
    assert all(run.config["batch_size"] == 32 for run in (first, second))
    assert "variant" in done.stdout and "differences from" in done.stdout and "another seed" in done.stdout
    assert done.stdout.splitlines()[-1] in (str(first.path), str(second.path))
    assert "variant another seed, slow (2 of 2)" in done.stderr


@pytest.mark.slow
def test_what_is_typed_wins_over_every_variant_and_run_submits_each(kit_cli, file: Path) -> None:
    done = kit_cli("run", "bars", "--config", file, "--epochs", 2, "--set", "learning_rate=0.01")
    assert done.exit_code == 0, done.stderr
    runs = every_run("bars")
    assert [(run.config["epochs"], run.config["learning_rate"]) for run in runs] == [(2, 0.01)] * 2
    assert all((run.path / "submission.csv").exists() for run in runs)


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ("seed = 1", [], "a variant needs a name of its own"),
        ('name = "as above"', [], "a variant needs a name of its own"),
        ('name = "c"\nfolds = 5', [], "cannot have 'folds' of its own"),
        ('name = "c"\nepoch = 5', [], "no setting 'epoch'"),
        ('name = "c"\nepochs = [5]', [], "'epochs' of the configuration is no single value"),
        ('name = "c"', ["--seeds", "2"], "found: --seeds"),
        ('name = "c"', ["--folds", "0"], "cannot be compared without held-out samples"),
    ],
)
def test_variants_that_cannot_be_compared_are_refused_before_anything_is_trained(
    table: str, arguments: list[str], message: str, kit_cli, file: Path
) -> None:
    file.write_text(f"{FILE}\n[[variant]]\n{table}\n")
    done = kit_cli("train", "bars", "--config", file, *arguments)
    assert done.exit_code == 1 and message in done.stderr, done.stderr
    assert every_run("bars") == []


def test_verbs_of_one_configuration_refuse_variants(kit_cli, file: Path) -> None:
    done = kit_cli("tune", "bars", "--config", file)
    assert done.exit_code == 1 and "the configuration has variants" in done.stderr
    file.write_text('[[variant]]\nname = "alone"\n')
    assert "two variants or more" in kit_cli("train", "bars", "--config", file).stderr
    file.write_text("variant = 3\n")
    assert "no tables" in kit_cli("train", "bars", "--config", file).stderr


def test_an_interruption_says_what_can_be_compared(toy, toy_folder: Path) -> None:
    from kit.contract.settings import configure
    from kit.experiments import run_variants
    from kit.runs import Run
    from kit.training.events import Events

    def stop(config, events) -> Run:
        if config.seed:
            raise Interrupted(2)
        return Run(toy_folder / "first")

    configs = {"a": configure(toy, {}), "b": configure(toy, {"seed": 1})}
    with pytest.raises(Interrupted) as caught:
        run_variants(configs, stop, Events())
    assert caught.value.message == "interrupted; in variant b; finished: kit compare first"
