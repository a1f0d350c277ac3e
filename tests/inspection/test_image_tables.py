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


def test_several_classes_in_a_cell_of_the_sample_submission_are_unclear(data, facts):
    draw(data / "train", [f"a{n}" for n in range(12)])
    draw(data / "test", ["b0", "b1"])
    rows = [[f"a{n}.png", ["new_whale", "w_1", "w_2"][n % 3]] for n in range(12)]
    write_rows(data / "train.csv", [["Image", "Id"], *rows])
    sample = [["Image", "Id"], *[[f"b{n}.png", "new_whale w_1 w_2"] for n in range(2)]]
    write_rows(data / "sample_submission.csv", sample)
    found = facts(data)
    assert (found["kind"].value, found["values"].confidence) == ("3 classes", "unclear")
    assert "MAP@K" in found["values"].reason


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
