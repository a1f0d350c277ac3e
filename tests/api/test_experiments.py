"""Comparisons, blends and searches in Python give what the verbs give, as objects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kit


def test_runs_are_compared_and_blended_as_by_the_verbs(toy_folder, toy_plugins, kit_cli, capsys) -> None:
    first, second = (kit.run("bars", toy_folder, epochs=2, folds=2, workers=0, seed=seed) for seed in (0, 1))
    compared = kit.compare(first, second.name)
    printed = json.loads(kit_cli("compare", first.name, second.name, "--json").stdout)
    assert compared.comparison.as_dict()["differences"][0]["p"] == printed["differences"][0]["p"]
    table = compared.to_pandas()
    assert list(table["run"]) == [first.name, second.name] and list(table["test"]) == ["", "McNemar, exact"]
    assert table["score"][1] - table["score"][0] == pytest.approx(table["difference"][1])
    assert compared.members[0].run in compared._repr_html_() and "every run held out" in repr(compared)

    blend = kit.blend(first, second, method="mean", force=True)
    assert blend.run is not None and blend.run.submission is not None and kit.check("bars", blend.run.submission)
    assert blend.score == blend.blended.nested and list(blend.to_pandas()["weight"]) == [0.5, 0.5]
    assert "<td" in blend._repr_html_() and "; written" in repr(blend)
    assert capsys.readouterr().out == ""
    with pytest.raises(kit.KitError, match="two runs or more"):
        kit.compare(first, first)
    with pytest.raises(kit.KitError, match="no such way to blend"):
        kit.blend(first, second, method="best")
    with pytest.raises(kit.KitError, match="is an average of runs"):
        kit.predict(blend.run)


def test_models_are_trained_and_compared(toy_folder: Path, toy_plugins: Path) -> None:
    result = kit.compare("bars", data=toy_folder, models="all", epochs=1, workers=0)
    assert result.best == result.to_pandas()["run"][0] and "small" in repr(result) and "<td" in result._repr_html_()
    with pytest.raises(kit.KitError, match="no setting 'epoch'"):
        kit.compare("bars", data=toy_folder, models=["small"], epoch=1)
    with pytest.raises(kit.KitError, match="not trained again"):
        kit.compare("bars", epochs=1)  # type: ignore[call-overload]


def test_a_search_returns_its_trials_and_settings_to_pass_on(toy_folder: Path, toy_plugins: Path) -> None:
    pytest.importorskip("optuna")
    space = {"learning_rate": [0.05, 1e-6]}
    found = kit.tune("bars", toy_folder, search=space, trials=2, retrain=0, epochs=3, workers=0)
    table = found.to_pandas()
    assert sorted(table["learning_rate"]) == [1e-6, 0.05] and found.params == {"learning_rate": 0.05}
    assert found.best == max(table["score"]) and found.report.exists() and "<td" in found._repr_html_()
    with pytest.raises(kit.KitError, match="no setting 'rate'"):
        kit.tune("bars", toy_folder, search={"rate": "1..2"})
