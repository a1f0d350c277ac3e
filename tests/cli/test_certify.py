"""``kit certify``: a line a law, JSON, and the exit code."""

from __future__ import annotations

import json


def test_a_lawful_task_passes_with_a_line_for_each_law(kit_cli, toy_plugins):
    result = kit_cli("certify", "bars", "--quick")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.count("\npass  ") >= 12
    assert "FAIL" not in result.stdout
    assert "laws kept" in result.stderr


def test_a_law_that_does_not_apply_is_no_pass(kit_cli, toy_plugins):
    result = kit_cli("certify", "bars", "--quick")
    assert "n/a   the views keep the shape of a batch: not applicable, the task has no views\n" in result.stdout
    assert "3 not applicable" in result.stderr


def test_a_broken_law_is_named_with_its_reason_and_gives_exit_code_1(kit_cli, toy_plugins):
    source = (toy_plugins / "toy.py").read_text()
    (toy_plugins / "toy.py").write_text(source.replace("higher_is_better=True, best=1.0", "higher_is_better=False"))
    result = kit_cli("certify", "bars", "--quick")
    assert result.exit_code == 1
    assert "FAIL  a worse submission scores worse in the declared direction" in result.stdout
    assert "lower is declared better" in result.stdout


def test_a_sample_maker_that_fails_is_the_verdict(kit_cli, toy_plugins):
    source = (toy_plugins / "toy.py").read_text()
    (toy_plugins / "toy.py").write_text(source.replace("rng = np.random.default_rng(seed)", "raise KeyError('no rng')"))
    result = kit_cli("certify", "bars")
    assert result.exit_code == 1
    assert result.stdout.startswith("FAIL  the sample maker makes a sample")
    assert "KeyError: 'no rng'" in result.stdout


def test_json_lists_every_law(kit_cli, toy_plugins):
    result = kit_cli("certify", "bars", "--quick", "--json")
    report = json.loads(result.stdout)
    assert report["ok"] is True
    assert report["broken"] == 0
    assert set(report["laws"][0]) == {"law", "ok", "applies", "reason", "seconds"}


def test_an_unknown_task_is_refused(kit_cli, toy_plugins):
    result = kit_cli("certify", "barrs")
    assert result.exit_code == 1
    assert "bars" in result.stderr


def test_a_task_without_a_sample_maker_is_certified_on_the_contests_files(kit_cli, toy_plugins, toy_folder):
    plugin = toy_plugins / "toy.py"
    plugin.write_text(plugin.read_text().replace("        sample=make_sample,\n", ""))
    refused = kit_cli("certify", "bars", "--quick")
    assert refused.exit_code == 1 and "has no sample maker" in refused.stdout and "--data DIR" in refused.stdout
    for present in (True, False):
        result = kit_cli("certify", "bars", "--quick", "--data", toy_folder)
        assert result.exit_code == 0, result.stdout
        assert "not applicable, the laws are tested on the contest's files" in result.stdout
        assert "pass  the answers pass the check and score perfectly" in result.stdout, present
        (toy_folder / "answers.csv").unlink(missing_ok=True)
