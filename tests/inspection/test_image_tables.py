"""Tables that name images in unusual ways."""

from __future__ import annotations

import numpy as np

from kit.discovery import discover
from kit.discovery.scaffold import new_task
from kit.inspection import Options, inspect_folder
from tests.inspection.drawn_contests import write_image, write_rows


def draw(folder, names):
    for number, name in enumerate(names):
        picture = np.random.default_rng(number).integers(0, 255, (12, 12, 3), np.uint8)
        write_image(folder / f"{name}.png", picture)


def test_several_classes_in_a_cell_of_the_sample_submission_are_a_ranking(data, facts):
    draw(data / "train", [f"a{n}" for n in range(12)])
    draw(data / "test", ["b0", "b1"])
    rows = [[f"a{n}.png", ["new_whale", "w_1", "w_2"][n % 3]] for n in range(12)]
    write_rows(data / "train.csv", [["Image", "Id"], *rows])
    sample = [["Image", "Id"], *[[f"b{n}.png", "new_whale w_1 w_2"] for n in range(2)]]
    write_rows(data / "sample_submission.csv", sample)
    found = facts(data)
    assert (found["kind"].value, found["values"].confidence) == ("3 classes", "certain")
    assert (found["metric"].value, found["metric"].confidence) == ("MAP@3", "likely")
    assert facts(data, metric="ndcg@2")["values"].value == "the 2 most probable classes in one cell, divided by ' '"


def test_masks_beside_their_run_lengths_are_not_taken_for_the_images(data, tmp_path):
    draw(data / "train" / "images", [f"a{n}" for n in range(8)])
    draw(data / "test" / "images", ["b0", "b1"])
    for number in range(8):
        write_image(data / "train" / "masks" / f"a{number}.png", np.tri(12, dtype=np.uint8) * 255)
    write_rows(data / "train.csv", [["id", "rle_mask"], *[[f"a{n}", "1 12 14 11"] for n in range(8)]])
    write_rows(data / "sample_submission.csv", [["id", "rle_mask"], ["b0", "1 1"], ["b1", "1 1"]])
    found = inspect_folder(data, Options())
    assert any("8 images are masks of others" in warning for warning in found.warnings)
    new_task("salt", tmp_path / "plugins", "", found)
    samples = discover([tmp_path / "plugins"]).task("salt").reader(data, "train")
    assert [sample.x.parent.name for sample in samples] == ["images"] * 8


def test_paths_in_a_table_need_not_begin_at_the_download(data, tmp_path):
    inner = data / "contest"
    for part, count in (("a", 6), ("b", 6)):
        draw(inner / "pictures" / part, [str(n) for n in range(count)])
    rows = [[f"pictures/{part}/{n}.png", n % 2] for part in "ab" for n in range(4)]
    write_rows(inner / "train.csv", [["file", "label"], *rows])
    test = [f"pictures/{part}/{n}.png" for part in "ab" for n in (4, 5)]
    write_rows(inner / "test.csv", [["file"], *[[name] for name in test]])
    found = inspect_folder(data, Options())
    assert (found.counts, found.source["form"]) == ({"train": 8, "test": 4}, "path")
    new_task("pictures", tmp_path / "plugins", "", found)
    task = discover([tmp_path / "plugins"]).task("pictures")
    train = task.reader(data, "train")
    assert [sample.id for sample in task.reader(data, "test")] == test
    assert train[5].x == inner / "pictures" / "b" / "1.png" and train[5].y == 1


def test_a_table_from_windows_names_images_with_backslashes(data, tmp_path):
    for n in range(12):
        write_image(data / "images" / ("train" if n < 8 else "test") / f"{n}.png", np.full((8, 8, 3), 20 * n, np.uint8))
    write_rows(data / "train.csv", [["path", "label"], *[[rf"images\train\{n}.png", n % 2] for n in range(8)]])
    write_rows(
        data / "sample_submission.csv", [["path", "label"], *[[rf"images\test\{n}.png", 0] for n in range(8, 12)]]
    )
    found = inspect_folder(data, Options())
    new_task("windows", tmp_path / "plugins", "", found)
    task = discover([tmp_path / "plugins"]).task("windows")
    assert task.reader(data, "train")[3].x == data / "images" / "train" / "3.png"
    assert [sample.id for sample in task.reader(data, "test")] == [rf"images\test\{n}.png" for n in range(8, 12)]
