"""What files do not tell is said to be unclear, and what is not understood is refused by its name."""

from __future__ import annotations

import numpy as np
import pytest

from kit.discovery import discover
from kit.discovery.scaffold import new_task
from kit.errors import DataError
from kit.inspection import Options, inspect_folder
from kit.scoring.default_rows import truth_of
from tests.inspection.drawn_contests import draw_shape, write_image, write_rows


def table(folder, header, rows, test_header=None, sample=None):
    """Write train.csv with these rows, test.csv with the columns of ``test_header``, and a sample submission."""
    write_rows(folder / "train.csv", [header, *rows])
    if test_header:
        keep = [header.index(name) for name in test_header]
        write_rows(folder / "test.csv", [test_header, *[[row[k] for k in keep] for row in rows[:10]]])
    if sample:
        write_rows(folder / "sample_submission.csv", sample)


def numbered(make, count=60):
    return [make(number) for number in range(count)]


def test_a_sample_of_zeros_does_not_tell_classes_from_probabilities(data, facts):
    rows = numbered(lambda n: [n, n % 5, n % 2])
    table(data, ["id", "x", "y"], rows, ["id", "x"], [["id", "y"], *[[n, 0] for n in range(10)]])
    assert facts(data)["values"].confidence == "unclear"
    assert facts(data, metric="AUC")["values"].value == "probability of 1"


def test_a_sample_of_halves_asks_for_probabilities(data, facts):
    rows = numbered(lambda n: [n, n % 5, n % 2])
    table(data, ["id", "x", "y"], rows, ["id", "x"], [["id", "y"], *[[n, 0.5] for n in range(10)]])
    found = facts(data)
    assert (found["values"].value, found["values"].confidence) == ("probability of 1", "certain")
    assert found["metric"].value == "AUC"


def test_few_whole_numbers_may_be_classes_or_an_order(data, facts):
    quality = [3, 4, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 8]
    rows = numbered(lambda n: [n, n * 0.5, quality[n % 15]], 300)
    table(data, ["id", "x", "quality"], rows, ["id", "x"])
    assert facts(data)["kind"].confidence == "unclear"
    assert facts(data, kind="regression")["kind"].value == "a number (regression)"


def test_a_column_a_class_with_a_prefix_is_matched(data, facts):
    rows = numbered(lambda n: [n, n % 7, ["C", "CL", "D"][n % 3]])
    names = ["id", "Status_C", "Status_CL", "Status_D"]
    table(data, ["id", "x", "Status"], rows, ["id", "x"], [names, *[[n, 0.3, 0.3, 0.4] for n in range(10)]])
    found = inspect_folder(data, Options())
    assert found.submission.labels == "probabilities" and found.classes == ("C", "CL", "D")


def test_columns_with_one_1_a_row_are_classes(data):
    rows = numbered(lambda n: [f"i{n}", *np.eye(3, dtype=int)[n % 3]])
    for name, *_ in rows:
        write_image(data / "images" / f"{name}.png", np.zeros((8, 8, 3), np.uint8))
    table(data, ["image", "rust", "scab", "healthy"], rows)
    found = inspect_folder(data, Options())
    assert (found.kind, found.classes) == ("classes", ("rust", "scab", "healthy"))


def test_the_test_table_may_hold_the_target(data):
    rows = numbered(lambda n: [n, n % 5, n % 2])
    table(data, ["id", "x", "y"], rows, ["id", "x", "y"], [["id", "y"], *[[n, n % 2] for n in range(10)]])
    found = inspect_folder(data, Options())
    assert found.targets == ("y",) and "test.csv has the target y too" in found.warnings[0]


def test_columns_that_only_the_training_part_has_are_no_features(data):
    rows = numbered(lambda n: [n, n % 5, n % 3, n % 7, n * 1.5])
    sample = [["id", "count"], *[[n, 1.5] for n in range(10)]]
    table(data, ["id", "x", "casual", "registered", "count"], rows, ["id", "x"], sample)
    found = inspect_folder(data, Options())
    assert found.targets == ("count",) and found.features("number") == ("x",)
    assert any("casual, registered" in warning for warning in found.warnings)


def test_ids_that_are_no_column_count_the_rows(data):
    rows = numbered(lambda n: [n % 10, *[(n * k) % 256 for k in range(64)]], 80)
    pixels = [f"pixel{k}" for k in range(64)]
    table(data, ["label", *pixels], rows, pixels, [["ImageId", "Label"], *[[n + 1, 0] for n in range(10)]])
    found = inspect_folder(data, Options())
    assert (found.id, found.first_id, found.targets) == (None, 1, ("label",))
    assert found.source["pixels"] == (8, 8, 1)


def test_a_group_divides_the_contest_if_none_of_it_is_in_the_test_part(data, facts):
    write_rows(data / "train.csv", [["id", "patient_id", "x", "y"], *numbered(lambda n: [n, n // 6, n % 5, n % 2])])
    write_rows(data / "test.csv", [["id", "patient_id", "x"], *[[90 + n, 50 + n // 6, n % 5] for n in range(12)]])
    assert inspect_folder(data, Options()).group == "patient_id"
    assert facts(data)["group"].confidence == "likely"


def test_a_group_of_both_parts_is_shown_and_not_used(data, facts):
    write_rows(data / "train.csv", [["id", "store_id", "x", "y"], *numbered(lambda n: [n, n % 6, n % 5, n % 2])])
    write_rows(data / "test.csv", [["id", "store_id", "x"], *[[90 + n, n % 6, n % 5] for n in range(12)]])
    assert inspect_folder(data, Options()).group is None
    assert "in the test part too" in facts(data)["repeated values"].reason


def test_a_test_part_that_is_later_is_divided_by_time(data, facts):
    rows = numbered(lambda n: [n, f"2024-{n // 28 + 1:02}-{n % 28 + 1:02}", n % 5, n * 1.5])
    write_rows(data / "train.csv", [["id", "date", "x", "sales"], *rows])
    write_rows(data / "test.csv", [["id", "date", "x"], *[[90 + n, f"2024-06-{n + 1:02}", n] for n in range(10)]])
    assert inspect_folder(data, Options()).time == "date"
    assert "every test row is later" in facts(data)["time"].reason


def test_dates_of_the_same_time_are_a_feature(data):
    rows = numbered(lambda n: [n, f"2024-01-{n % 28 + 1:02}", n % 5, n * 1.5])
    write_rows(data / "train.csv", [["id", "date", "x", "sales"], *rows])
    write_rows(data / "test.csv", [["id", "date", "x"], *[[90 + n, f"2024-01-{n + 1:02}", n] for n in range(10)]])
    found = inspect_folder(data, Options())
    assert found.time is None and found.features("date") == ("date",)


def test_of_two_classes_without_1_and_0_the_positive_one_is_unclear(data, facts):
    for number in range(8):
        name = ["cat", "dog"][number % 2]
        write_image(data / "train" / f"{name}.{number}.jpg", draw_shape(np.random.default_rng(number), "disc"))
    write_image(data / "test" / "1.jpg", draw_shape(np.random.default_rng(0), "disc"))
    write_rows(data / "sampleSubmission.csv", [["id", "label"], [1, 0.5]])
    found = facts(data)
    assert (found["classes"].confidence, found["values"].value) == ("unclear", "probability of dog")
    assert found["layout"].value == "classes by the names of files"
    assert facts(data, positive="cat")["values"].value == "probability of cat"
    write_rows(data / "sampleSubmission.csv", [["id", "label"], [1, 0]])
    assert facts(data, metric="accuracy")["values"].value == "1 is dog, 0 is cat"
    new_task("pets", data.parent / "plugins", "", inspect_folder(data, Options(metric="accuracy")))
    task = discover([data.parent / "plugins"]).task("pets")
    samples = task.reader(data, "train")
    assert list(truth_of(task)(samples))[1][1] == samples[1].y
    assert task.format.column("label").expected == "integer from 0 to 1"


def test_masks_that_number_objects_are_foreground(data, facts):
    for part in ("train", "testA"):
        for number in range(1, 4):
            mask = np.zeros((40, 40), np.uint8)
            for value in range(1, number + 2):
                mask[:, value * 8 - 6 : value * 8 - 2] = value
            write_image(data / f"{part}_{number}.bmp", np.dstack([mask * 40] * 3))
            write_image(data / f"{part}_{number}_anno.bmp", mask)
    rows = [[f"{part}_{n}", n % 2] for part in ("train", "testA") for n in (1, 2, 3)]
    write_rows(data / "Grade.csv", [["name", " patient ID"], *rows])
    found = inspect_folder(data, Options())
    assert (found.layout, found.counts, found.group) == ("masks", {"train": 3, "test": 3}, "patient ID")
    assert "number objects" in facts(data)["mask"].value
    assert found.warnings == ("3 test images have masks too: these are not read",)


def test_masks_of_classes_are_refused(data):
    for number in range(4):
        mask = np.tile(np.arange(40, dtype=np.uint8)[None] // 5 % 3, (40, 1))
        write_image(data / "images" / f"{number}.png", np.dstack([mask] * 3))
        write_image(data / "masks" / f"{number}.png", mask)
    with pytest.raises(DataError, match="several classes"):
        inspect_folder(data, Options())


def test_flat_arrays_may_be_an_image_or_a_volume(data, facts):
    x = np.zeros((30, 4096), np.float32)
    np.savez(data / "contest.npz", X_train=x, y_train=np.arange(30) % 3, X_test=x[:5])
    assert (facts(data)["input"].value, facts(data)["input"].confidence) == (
        "4,096 values: 64 x 64 or 16 x 16 x 16",
        "unclear",
    )
    assert facts(data, shape=(16, 16, 16))["input"].value == "16 x 16 x 16"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"notes.docx": b"x"}, "no training part"),
        ({"cloud.txt": b"1 2 3\n"}, "cloud.txt"),
        ({"train.csv": b"id,y\n1,a\n2,a\n", "test.csv": b"id\n3\n"}, "one value only"),
        ({"train.csv": b"id,x,y\n1,2,a\n2,3,b\n", "test.csv": b"id,x\n3,1\n3,1\n"}, "ids repeat"),
        ({"train_a.csv": b"id,y\n1,2\n", "train_b.csv": b"id,y\n1,3\n"}, "several tables"),
        ({"train.csv": b"id,x,y\n1,2,a\n2,3,b\n", "test.csv": b"id,x\n3,1\n4,1\n"}, None),
    ],
)
def test_what_is_not_understood_is_refused_by_its_name(data, files, words):
    for name, content in files.items():
        (data / name).write_bytes(content)
    if words is None:
        assert inspect_folder(data, Options()).kind == "binary"
        return
    if "test.csv" in files and "repeat" in words:
        (data / "sample_submission.csv").write_bytes(b"id,y\n3,a\n")
    with pytest.raises(DataError, match=words):
        inspect_folder(data, Options())


def test_several_labels_in_a_cell_are_found_by_their_combinations(data):
    tags = ["haze", "clear", "haze road", "clear road", "haze road farm", "clear farm", "road farm", "haze farm"]
    table(data, ["id", "x", "tags"], numbered(lambda n: [n, n % 5, tags[n % 8]]), ["id", "x"])
    found = inspect_folder(data, Options())
    assert (found.kind, found.classes) == ("multi-label", ("clear", "farm", "haze", "road"))
    assert inspect_folder(data, Options(kind="classes")).kind == "classes"


def test_class_names_with_spaces_are_no_labels_of_several(data):
    names = ["blue whale", "grey whale", "house cat", "wild cat"]
    table(data, ["id", "x", "animal"], numbered(lambda n: [n, n % 5, names[n % 4]]), ["id", "x"])
    assert inspect_folder(data, Options()).classes == ("blue whale", "grey whale", "house cat", "wild cat")


def test_years_within_names_are_time_and_said_to_be_of_both_parts(data, facts):
    rows = numbered(lambda n: [n, 2006 + n % 5, n % 7, n * 1.5])
    table(data, ["Id", "YrSold", "x", "SalePrice"], rows, ["Id", "YrSold", "x"])
    found = facts(data)["time"]
    assert found.value == "YrSold: 2006 to 2010" and "same time" in found.reason


def test_days_before_months_are_found_and_vague_dates_are_warned_of(data):
    rows = numbered(lambda n: [n, f"{n % 28 + 1:02}/03/2024", n % 5, n * 1.5])
    table(data, ["id", "day", "x", "y"], rows, ["id", "day", "x"])
    found = inspect_folder(data, Options())
    assert found.source["days_first"] is True and found.warnings == ()
    rows = numbered(lambda n: [n, f"{n % 9 + 1:02}/03/2024", n % 5, n * 1.5])
    table(data, ["id", "day", "x", "y"], rows, ["id", "day", "x"])
    assert any("do not tell day from month" in warning for warning in inspect_folder(data, Options()).warnings)


def test_texts_among_the_numbers_of_the_test_part_are_refused_and_words_for_missing_are_kept(data):
    write_rows(data / "train.csv", [["id", "x", "y"], *numbered(lambda n: [n, n % 5, n * 1.5])])
    write_rows(data / "test.csv", [["id", "x"], [90, "?"], [91, "2"]])
    assert inspect_folder(data, Options()).source["missing"] == ["", "?", "NA", "NaN"]
    write_rows(data / "test.csv", [["id", "x"], [90, "large"], [91, "2"]])
    with pytest.raises(DataError, match="'large' in column 'x'"):
        inspect_folder(data, Options())


def test_an_id_that_repeats_in_the_training_part_is_the_group(data, facts):
    write_rows(data / "train.csv", [["customer_id", "x", "y"], *numbered(lambda n: [n // 3, n % 5, n % 2])])
    write_rows(data / "test.csv", [["customer_id", "x"], *[[90 + n, n % 5] for n in range(12)]])
    found = inspect_folder(data, Options())
    assert (found.group, found.repeated_ids) == ("customer_id", True)
    assert "the id repeats" in facts(data)["group"].reason


def test_an_option_that_says_nothing_about_such_files_is_refused(data):
    for number in range(8):
        write_image(data / "train" / f"{['cat', 'dog'][number % 2]}.{number}.png", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(DataError, match="--group is not for images in folders"):
        inspect_folder(data, Options(group="patient"))


def test_an_id_that_is_a_date_is_a_feature_too_and_orders_the_rows(data):
    rows = numbered(lambda n: [f"2011-01-{n // 24 + 1:02} {n % 24:02}:00:00", n % 5, n])
    write_rows(data / "train.csv", [["datetime", "temp", "count"], *rows])
    later = [[f"2011-02-01 {n:02}:00:00", n % 5] for n in range(12)]
    write_rows(data / "test.csv", [["datetime", "temp"], *later])
    write_rows(data / "sampleSubmission.csv", [["datetime", "count"], *[[row[0], 0] for row in later]])
    found = inspect_folder(data, Options())
    assert (found.id, found.time, found.features("date")) == ("datetime", "datetime", ("datetime",))
