from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import kit
from kit.contract.task import Task
from kit.errors import DataError
from kit.report import report
from kit.report.evidence import gather
from kit.runs import Run
from tests.report.example_run import HOSTILE, epoch_record, finished_run, guesses, write_run

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fccf"
    "c0500f0004850180843c0d2d0000000049454e44ae426082"
)


@pytest.fixture
def run(toy: Task, toy_folder: Path, tmp_path: Path) -> Run:
    """A run of the toy task with held-out predictions of all 80 samples; without curves, which take time to draw."""
    ids = [str(number) for number in range(1, 81)]
    run = write_run(toy, tmp_path / "submissions" / "bars" / "20260131-120000-small", toy_folder, ids, guesses(80))
    run.write_epochs([])
    return run


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a finished run, written once for all tests that only read it."""
    return page_of(*finished_run(tmp_path_factory.mktemp("finished")))


def page_of(task: Task, run: Run) -> str:
    evidence, missing = gather(task, run)
    return report(task, run.path, evidence, missing=missing).read_text("utf-8")


class Elements(HTMLParser):
    """Every element of a page with its attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = [("", {})]
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        if self.found[-1][0] != "style":
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]


def words(page: str) -> str:
    return " ".join(Elements(page).text.split())


def test_the_page_shows_score_interval_rank_and_what_the_score_means(page: str) -> None:
    text = words(page)
    assert "0.91250 accuracy, 95% interval 0.88750 to 0.93750" in text
    assert "Rank 2 of 7" in text
    assert "against the answers (20 rows), which training did not use" in text
    assert "computed on this computer with the kit's metric, not by the contest's server" in text
    assert "Cross-validation 0.90000 ± 0.02500" in text


def test_the_page_shows_every_fold_the_card_the_settings_and_the_files(page: str) -> None:
    text = words(page)
    for expected in (
        "0.87500 2 1 0.92500 3 Mean 0.90000",
        "kit run bars --data 'my data'",
        "c0ffee with uncommitted changes",
        "ab" * 32,
        "numpy 2.0.0",
        "folds 2 1",
        "f1.macro 0.75000",
        "two samples are identical",
        "predictions.h5",
    ):
        assert expected in text


def test_the_same_run_gives_the_same_bytes(toy: Task, run: Run) -> None:
    run.write_epochs([epoch_record("0", epoch, valid_score=epoch / 7) for epoch in (1, 2)])
    first = page_of(toy, run)
    assert page_of(toy, run) == first
    elsewhere = run.path.parent.parent / "copy" / run.name
    shutil.copytree(run.path, elsewhere)
    assert page_of(toy, Run(elsewhere)) == first


def test_the_page_makes_no_network_request(page: str) -> None:
    elements = Elements(page)
    links = [
        value
        for _, attributes in elements.found
        for key, value in attributes.items()
        if key in ("src", "srcset", "href")
    ]
    assert links and all(link and link.startswith(("data:", "#")) for link in links)
    assert not elements.all("script", "iframe", "object", "embed", "form", "base")
    policy = next(
        item["content"] for item in elements.all("meta") if item.get("http-equiv") == "Content-Security-Policy"
    )
    assert (
        policy and policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-") and "unsafe" not in policy
    )


def test_headings_are_in_order_and_every_image_has_a_text_alternative(page: str) -> None:
    elements = Elements(page)
    levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    images = elements.all("img")
    assert len(images) == 3 + 12 + 2 * 12 and all(image["alt"] for image in images)


def test_a_models_own_settings_and_the_first_model_count_as_defaults(toy: Task, run: Run) -> None:
    models = {"small": kit.Model(toy.models["small"], settings={"epochs": 3})}
    config = json.loads((run.path / "config.json").read_text()) | {"model": "small", "epochs": 3}
    (run.path / "config.json").write_text(json.dumps(config))
    page = page_of(dataclasses.replace(toy, models=models), run)
    changed = re.findall(r'<tr class="self"><th scope="row" class="mono">(\w+)</th>', page)
    assert sorted(changed) == ["folds", "patience"]


def test_links_lead_to_sections_that_exist(page: str) -> None:
    elements = Elements(page)
    targets = {attributes.get("id") for _, attributes in elements.found}
    assert {(link["href"] or "")[1:] for link in elements.all("a")} <= targets


def test_confusion_counts_and_mistakes_are_those_of_the_predictions(toy: Task, run: Run) -> None:
    evidence, _ = gather(toy, run)
    assert evidence is not None
    truth = np.array([sample.y for sample in evidence.samples])
    guess = guesses(80).argmax(axis=1)
    text = words(page_of(toy, run))
    assert f"On the 80 held-out samples the most probable class is wrong {(truth != guess).sum()} times" in text
    sure = guesses(80).max(axis=1)
    surest = max(np.flatnonzero(truth != guess), key=lambda at: sure[at])
    start = f"Most confident mistakes {truth[surest]} → {guess[surest]} at {100 * sure[surest]:.1f}%"
    assert start in text


def test_classes_with_names_are_shown_by_name_and_escaped(toy: Task, run: Run) -> None:
    raw = page_of(dataclasses.replace(toy, classes=("<b>flat", "<script>tall")), run)
    text = words(raw)
    assert "true \\ predicted <b>flat <script>tall samples recall" in text
    shown = text.partition("Most confident mistakes ")[2]
    assert shown.startswith(("<b>flat → <script>tall at", "<script>tall → <b>flat at"))
    alternatives = [image["alt"] or "" for image in Elements(raw).all("img")]
    assert any("true class <b>flat, predicted <script>tall" in words for words in alternatives)
    assert any(words.endswith(", <script>tall") for words in alternatives), "the gallery by class"
    assert "<b>flat" not in raw and "<script>" not in raw and "&lt;script&gt;tall" in raw


def hostile_task(toy: Task) -> Task:
    def read(folder: Path, part: str) -> list[kit.Sample]:
        return [kit.Sample(name, np.zeros((8, 8)), 0) for name in HOSTILE]

    evil = HOSTILE[0]
    metric = dataclasses.replace(toy.metric, name=evil)
    reference = kit.Reference(evil, 0.5, evil, evil)
    return dataclasses.replace(toy, reader=read, title=evil, notes=(evil,), metric=metric, references=(reference,))


def hostile_run(task: Task, path: Path, data: Path) -> Run:
    """A run in which everything that comes from data is markup."""
    evil = HOSTILE[0]
    sure = np.array([[0.1, 0.9]] * len(HOSTILE), dtype="float32")
    card = {
        "device": evil,
        "command": [evil],
        "versions": {evil: evil},
        "inputs": [{"path": evil, "sha256": evil, "bytes": 1}],
        "git": {"commit": evil, "dirty": False},
        "pretrained": {"path": evil, "sha256": evil},
        "skipped": [{"id": evil, "reason": evil}],
    }
    run = write_run(task, path, data, HOSTILE, sure, **card)
    fault = dict.fromkeys(("kind", "id", "expected", "found", "remedy"), evil) | {"line": 1}
    check = {"ok": False, "rows": 1, "faults": [fault], "total_faults": 1, "warnings": [fault]}
    finding = dict.fromkeys(("kind", "where", "message", "remedy"), evil) | {"level": "warning"}
    for name, value in {"check.json": check, "audit.json": [finding], "config.json": {evil: evil}}.items():
        (path / name).write_text(json.dumps(value))
    summary = json.loads((path / "summary.json").read_text())
    summary["folds"][0]["fold"] = summary["tuned"][evil] = summary["details"][evil] = evil
    (path / "summary.json").write_text(json.dumps(summary))
    score = json.loads((path / "score.json").read_text())
    (path / "score.json").write_text(json.dumps(score | {"details": {evil: evil}}))
    run.write_epochs([epoch_record(evil, 1, valid_score=0.5)] * 2)
    (path / evil.replace("/", "_")).write_text("a file of that name")
    return run


def test_markup_in_ids_names_and_labels_is_shown_as_text(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    task = hostile_task(toy)
    raw = page_of(task, hostile_run(task, tmp_path / "run", toy_folder))
    page = Elements(raw)
    assert not page.all("script")
    assert not [key for _, attributes in page.found for key in attributes if key.startswith("on")]
    assert all((image["src"] or "").startswith("data:") for image in page.all("img"))
    for name in HOSTILE:
        assert name in page.text
    assert page.text.count(HOSTILE[0]) > 20


def test_text_that_utf8_cannot_hold_does_not_stop_the_page(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    run = write_run(
        toy, tmp_path / "run", toy_folder, ["1"], guesses(1), skipped=[{"id": "\udcff.png", "reason": "bad"}]
    )
    assert "?.png bad" in words(page_of(toy, run))


def test_without_answers_the_held_out_score_is_the_main_one_and_named_as_such(toy: Task, run: Run) -> None:
    (run.path / "score.json").unlink()
    text = words(page_of(toy, run))
    assert "0.90000 accuracy, held out" in text
    assert "It is not the score of the submission" in text
    assert "The best epoch was chosen on these same samples" in text
    assert "Rank" not in text


def test_a_run_that_has_not_ended_gets_a_page_of_what_there_is(toy: Task, run: Run) -> None:
    for path in run.path.iterdir():
        if path.name not in ("card.json", "metrics.jsonl"):
            path.unlink()
    run.write_epochs([epoch_record("0", 1, valid_score=None)])
    text = words(page_of(toy, run))
    assert "This run has no score yet" in text
    assert "Learning curves" in text
    assert "The run has kept no held-out predictions." in text
    assert "No audit was kept with this run." in text


def test_data_that_are_gone_are_named_and_the_rest_is_written(toy: Task, run: Run, toy_folder: Path) -> None:
    shutil.rmtree(toy_folder)
    text = words(page_of(toy, run))
    assert f"The data folder is gone ({toy_folder})" in text
    assert "0.91250 accuracy" in text and "Confusion" not in text


def test_data_that_have_changed_are_not_mixed_with_old_predictions(toy: Task, run: Run, toy_folder: Path) -> None:
    shutil.rmtree(toy_folder)
    toy_folder.mkdir()
    toy.sample(toy_folder, 40, 0)
    evidence, missing = gather(toy, run)
    assert evidence is None and "40 held-out samples are missing, first '41'" in missing


def test_data_that_can_no_longer_be_read_are_named(toy: Task, run: Run, toy_folder: Path) -> None:
    (toy_folder / "train.npy").write_bytes(b"no array")
    assert f"The data in {toy_folder} can no longer be read." in words(page_of(toy, run))


def test_a_figure_that_raises_leaves_the_others_and_its_reason(
    toy: Task, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def figures(evidence: kit.Evidence) -> object:
        assert len(evidence.samples) == 80
        yield kit.Figure("ROC curve", PNG, "Of the held-out samples.")
        raise RuntimeError("no <second> figure")

    text = words(page_of(dataclasses.replace(toy, figures=figures), run))
    assert (
        "ROC curve Of the held-out samples. A figure that could not be drawn RuntimeError: no <second> figure" in text
    )
    assert (
        "warning: a figure of task bars could not be drawn: RuntimeError: no <second> figure" in capsys.readouterr().err
    )


def test_a_figure_that_is_no_png_is_refused(toy: Task, run: Run) -> None:
    svg = b"<svg onload='alert(1)'/>"
    text = words(page_of(dataclasses.replace(toy, figures=lambda evidence: [kit.Figure("Plot", svg)]), run))
    assert "figure 'Plot' is not a PNG" in text


def test_a_picture_that_raises_leaves_the_mistake_in_the_list(
    toy: Task, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def picture(sample: kit.Sample) -> np.ndarray:
        raise OSError("the scan is gone")

    page = page_of(dataclasses.replace(toy, picture=picture), run)
    assert words(page).count("OSError: the scan is gone") == 12
    assert len(Elements(page).all("img")) == 1
    assert "the scan is gone" in capsys.readouterr().err


def test_heat_maps_are_shown_with_their_pictures(toy: Task, run: Run) -> None:
    evidence, _ = gather(toy, run)
    assert evidence is not None
    maps = {sample.id: np.eye(3, dtype="float16") for sample in evidence.samples}
    page = Elements(report(toy, run.path, dataclasses.replace(evidence, maps=maps)).read_text("utf-8"))
    assert sum("what the model used" in (image["alt"] or "") for image in page.all("img")) == 12


def test_maps_that_are_not_images_are_kept_for_figures_and_not_drawn_over_pictures(toy: Task, run: Run) -> None:
    evidence, _ = gather(toy, run)
    assert evidence is not None
    maps = {sample.id: np.ones(6, dtype="float16") for sample in evidence.samples}
    page = Elements(report(toy, run.path, dataclasses.replace(evidence, maps=maps)).read_text("utf-8"))
    assert not any("what the model used" in (image["alt"] or "") for image in page.all("img"))


def test_predictions_that_are_no_probabilities_get_no_confusion_matrix(
    toy: Task, toy_folder: Path, tmp_path: Path
) -> None:
    masks = [np.zeros((4, 4), "float32"), np.zeros((2, 5), "float32")]
    text = words(page_of(toy, write_run(toy, tmp_path / "run", toy_folder, ["1", "2"], masks)))
    assert "The predictions of the 2 held-out samples are not class probabilities" in text


@pytest.mark.parametrize("name", ["summary.json", "score.json", "check.json", "metrics.jsonl", "predictions.h5"])
def test_a_damaged_file_of_the_run_is_named(toy: Task, run: Run, name: str) -> None:
    (run.path / name).write_bytes(b"\x89garbage")
    with pytest.raises(DataError) as caught:
        page_of(toy, run)
    assert name.split(".")[0] in str(caught.value)


def test_the_verb_writes_the_page_again_and_prints_its_path(
    run: Run, toy_plugins: Path, kit_cli: Callable[..., object]
) -> None:
    for name in (run.path, run.name):
        result = kit_cli("report", name)
        assert result.exit_code == 0, result.stderr
        path = Path(result.stdout.splitlines()[-1])
        assert path.resolve() == (run.path / "report.html").resolve() and path.is_file()
        assert [line[:5] for line in result.stderr.splitlines()] == ["next:"]
        path.unlink()


def test_the_verb_warns_when_the_data_are_gone(
    run: Run, toy_plugins: Path, toy_folder: Path, kit_cli: Callable[..., object]
) -> None:
    shutil.rmtree(toy_folder)
    result = kit_cli("report", run.name)
    assert result.exit_code == 0
    assert "warning: The data folder is gone" in result.stderr
    assert Path(result.stdout.splitlines()[-1]).is_file()


def test_the_verb_refuses_a_run_that_is_not_there(kit_cli: Callable[..., object]) -> None:
    result = kit_cli("report", "no-such-run")
    assert result.exit_code == 1 and "there is no run 'no-such-run'" in result.stderr


def test_a_report_never_loads_paddle() -> None:
    code = "import sys, kit.report, kit.report.evidence; sys.exit('paddle' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False).returncode == 0


def many_classes(toy: Task, path: Path, classes: int) -> tuple[Task, Run]:
    ids = [str(number) for number in range(60)]
    task = dataclasses.replace(toy, reader=lambda folder, part: [kit.Sample(i, None, int(i) % classes) for i in ids])
    path.mkdir()
    return task, write_run(task, path / "run", path, ids, guesses(60, classes))


def test_fifty_classes_have_a_matrix_and_more_have_the_commonest_confusions(toy: Task, tmp_path: Path) -> None:
    fifty = words(page_of(*many_classes(toy, tmp_path / "50", 50)))
    more = words(page_of(*many_classes(toy, tmp_path / "51", 51)))
    assert "Confusion matrix" in fifty and "precision, %" in fifty
    assert "Confusion matrix" not in more
    assert "Most often confused" in fifty and "Most often confused" in more
    assert more.count("not an image") == 12
