"""``kit audit``: findings in words and in JSON, and the exit code."""

from __future__ import annotations

import json
import re

import numpy as np


def test_sound_data_are_fit_to_train_on(kit_cli, toy_plugins, toy_folder):
    result = kit_cli("audit", "bars", "--data", toy_folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "fit to train on: 0 errors, 0 warnings"


def test_an_error_gives_exit_code_1_and_says_what_to_do(kit_cli, toy_plugins, toy_folder):
    images = np.load(toy_folder / "train.npy")
    images[3, 0, 2, 2] = np.nan
    np.save(toy_folder / "train.npy", images)
    result = kit_cli("audit", "bars", "--data", toy_folder)
    assert result.exit_code == 1
    assert "error    non-finite input (train): 1 input with NaN or infinity: 4\n" in result.stdout
    assert "to do: repair" in result.stdout
    assert result.stdout.splitlines()[-1] == "unfit to train on: 1 error, 0 warnings"


def test_json_has_totals_and_findings(kit_cli, toy_plugins, toy_folder):
    result = kit_cli("audit", "bars", "--data", toy_folder, "--json")
    report = json.loads(result.stdout)
    assert report["ok"] is True
    assert (report["errors"], report["warnings"], report["notes"]) == (0, 0, 3)
    assert set(report["findings"][0]) == {"level", "kind", "where", "message", "remedy"}


def test_a_missing_folder_is_a_usage_error(kit_cli, toy_plugins, tmp_path):
    assert kit_cli("audit", "bars", "--data", tmp_path / "nowhere").exit_code == 2


def test_an_audit_of_no_data_says_how_to_name_them(kit_cli, toy_plugins):
    result = kit_cli("audit", "bars")
    assert result.exit_code == 1
    assert "KIT_DATA_BARS" in result.stderr


def test_the_page_shows_classes_samples_duplicates_and_drift_and_escapes_what_it_shows(
    kit_cli, toy_plugins, toy_folder, tmp_path, monkeypatch
):
    plugin = toy_plugins / "toy.py"
    source = plugin.read_text().replace("Vertical or horizontal bars?", "<script>bars</script>")
    plugin.write_text(source.replace('name="bars",', 'name="bars", classes=("<i>flat", "<i>tall"),'))
    train, test = (np.load(toy_folder / f"{part}.npy") for part in ("train", "test"))
    (toy_folder / "answers.csv").unlink()  # of 20 test images, which become 40
    train[5] = train[2]
    np.save(toy_folder / "train.npy", train)
    np.save(toy_folder / "test.npy", np.concatenate([test, test + np.float32(0.001)]))
    result = kit_cli("audit", "bars", "--data", toy_folder, "--html", tmp_path / "page.html")
    assert f"wrote {tmp_path / 'page.html'}" in result.stderr
    assert result.exit_code == 0
    assert str(tmp_path / "page.html") in result.stderr
    page = (tmp_path / "page.html").read_text("utf-8")
    words = " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "<script>" not in page and "&lt;script&gt;bars" in page
    assert "<i>" not in page and "class counts train 2 classes; &lt;i&gt;flat: " in words
    assert page.count('<th scope="row">&lt;i&gt;tall</th>') == 1 and "<h4>&lt;i&gt;tall <span" in page
    assert words.count("label &lt;i&gt;") == 2, "of the pair of identical samples"
    assert "Training part, by class" in words and "Test part" in words
    assert "1 sample with the content of an earlier one" in words
    assert "ROC AUC of telling a test sample from a training sample, 95% interval" in words
    assert "on 80 training and 40 test samples" in words
    monkeypatch.chdir(tmp_path)
    assert kit_cli("audit", "bars", "--data", toy_folder, "--html").exit_code == 0
    assert (tmp_path / "audit.html").read_text("utf-8") == page
