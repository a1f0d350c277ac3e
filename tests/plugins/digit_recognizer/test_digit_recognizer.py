import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.digit_recognizer import TASK, DigitConfig
from kit_plugins.digit_recognizer.reader import PIXELS, ids, read

from kit import DataError, Evidence, KitError, Sample
from kit.blocks.mnist import mnist_digits

CONFIG = TASK.config


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    TASK.sample(folder, 40, 0)
    return folder


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Path:
    """A copy of the sample that a test may spoil."""
    for path in data.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def change(path: Path, edit: Callable[[list[str]], list[str]]) -> None:
    path.write_text("\n".join(edit(path.read_text().splitlines())) + "\n")


def set_cell(path: Path, line: int, column: int, value: str) -> None:
    def edit(lines: list[str]) -> list[str]:
        cells = lines[line - 1].split(",")
        cells[column] = value
        lines[line - 1] = ",".join(cells)
        return lines

    change(path, edit)


def pixels_of(samples: list[Sample]) -> np.ndarray:
    return np.stack([sample.x for sample in samples])


# Reading


def test_pixel_p_is_row_p_over_28_and_column_p_modulo_28(folder: Path) -> None:
    (folder / "test.csv").write_text(",".join(PIXELS) + "\n" + ",".join(str(p % 256) for p in range(784)) + "\n")
    picture = read(folder, "test")[0].x
    assert picture.shape == (28, 28) and picture.dtype == np.uint8
    assert picture[3, 5] == (3 * 28 + 5) % 256


def test_ids_count_rows_from_one_and_labels_are_digits(data: Path) -> None:
    train, test = read(data, "train"), read(data, "test")
    assert [sample.id for sample in test] == [str(row) for row in range(1, 11)] == ids(data)
    assert sorted({sample.y for sample in train}) == list(range(10))
    assert all(sample.y is None for sample in test)


def test_columns_are_joined_by_name_not_by_position(folder: Path) -> None:
    before = read(folder, "train")
    change(folder / "train.csv", lambda lines: [",".join(reversed(line.split(","))) for line in lines])
    after = read(folder, "train")
    assert np.array_equal(pixels_of(after), pixels_of(before))
    assert [s.y for s in after] == [s.y for s in before]


@pytest.mark.parametrize(
    "spell",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: data.rstrip(b"\n"),
        lambda data: data + b"\n\n",
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"\n".join(b",".join(b'"%s"' % cell for cell in line.split(b",")) for line in data.splitlines()),
        lambda data: data.replace(b",", b", "),
        lambda data: data.replace(b",7,", b",007,"),
    ],
    ids=[
        "windows line ends",
        "old macintosh line ends",
        "no last newline",
        "blank lines at the end",
        "bom",
        "quotes",
        "spaces",
        "leading zeros",
    ],
)
def test_harmless_spellings_read_the_same(folder: Path, spell: Callable[[bytes], bytes]) -> None:
    before = read(folder, "test")
    path = folder / "test.csv"
    path.write_bytes(spell(path.read_bytes()))
    after = read(folder, "test")
    assert np.array_equal(pixels_of(after), pixels_of(before))
    assert ids(folder) == [sample.id for sample in after]


@pytest.mark.parametrize(
    ("line", "column", "value", "named"),
    [
        (7, 5, "256", "line 7, column pixel4: '256'"),
        (7, 5, "-1", "line 7, column pixel4: '-1'"),
        (41, 784, "7.0", "line 41, column pixel783: '7.0'"),
        (2, 1, "", "line 2, column pixel0: ''"),
        (2, 1, "nan", "line 2, column pixel0: 'nan'"),
        (9, 1, "9" * 5000, "line 9, column pixel0: '99999"),
        (3, 0, "10", "line 3, column label: '10'"),
        (3, 0, "seven", "line 3, column label: 'seven'"),
        (3, 9, "１", "line 3, column pixel8"),
    ],
)
def test_a_wrong_value_is_named_by_line_and_column(
    folder: Path, line: int, column: int, value: str, named: str
) -> None:
    set_cell(folder / "train.csv", line, column, value)
    with pytest.raises(DataError, match="1 faulty line") as caught:
        read(folder, "train")
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda lines: [*lines[:5], lines[5].rpartition(",")[0], *lines[6:]], "line 6 has 784 cells instead of 785"),
        (lambda lines: [*lines[:5], lines[5] + ",0", *lines[6:]], "line 6 has 786 cells instead of 785"),
        (lambda lines: [*lines[:5], "", *lines[5:]], "line 6 is blank"),
        (lambda lines: [*lines[:-1], lines[-1][:900]], "line 41 has"),
    ],
    ids=["short", "long", "blank", "truncated"],
)
def test_a_row_of_another_length_is_named_by_line(
    folder: Path, edit: Callable[[list[str]], list[str]], named: str
) -> None:
    change(folder / "train.csv", edit)
    with pytest.raises(DataError) as caught:
        read(folder, "train")
    assert named in str(caught.value)


def test_many_faults_are_counted_and_the_first_are_shown(folder: Path) -> None:
    change(folder / "train.csv", lambda lines: [lines[0], *(line + ",1" for line in lines[1:])])
    with pytest.raises(DataError) as caught:
        read(folder, "train")
    assert "40 faulty lines" in str(caught.value) and "and 35 more lines" in str(caught.value)


@pytest.mark.parametrize(
    "spell", [lambda pixel: f"{pixel / 255}", lambda pixel: f"{pixel}.0", lambda pixel: pixel - 128]
)
def test_scaled_pixels_are_refused_and_the_remedy_says_so(folder: Path, spell: Callable[[int], object]) -> None:
    def edit(lines: list[str]) -> list[str]:
        return [lines[0], *(",".join([row[0], *(str(spell(int(cell))) for cell in row[1:])]) for row in rows(lines))]

    def rows(lines: list[str]) -> list[list[str]]:
        return [line.split(",") for line in lines[1:]]

    change(folder / "train.csv", edit)
    with pytest.raises(DataError, match="undo the scaling") as caught:
        read(folder, "train")
    assert "line 2, column pixel0" in str(caught.value)


@pytest.mark.parametrize("line", [b"\n", b"1,2\n", b'"\n'])
def test_a_file_of_faulty_lines_is_not_read_to_its_end(folder: Path, line: bytes) -> None:
    path = folder / "test.csv"
    path.write_bytes(path.read_bytes() + line * 2_000_000 + b"1,2\n")
    start = time.process_time()
    with pytest.raises(DataError, match=r"at least 1,000 faulty lines|not a table"):
        read(folder, "test")
    assert time.process_time() - start < 5


def test_a_test_file_with_further_columns_is_refused_by_their_names(folder: Path) -> None:
    change(folder / "test.csv", lambda lines: [f"{'id' if i == 0 else i},{line}" for i, line in enumerate(lines)])
    with pytest.raises(DataError, match=r"(?s)test\.csv has the wrong columns.*not expected: id"):
        read(folder, "test")


def test_a_short_row_and_a_long_row_do_not_make_up_for_each_other(folder: Path) -> None:
    def edit(lines: list[str]) -> list[str]:
        lines[4] += ",0"
        lines[5] = lines[5].rpartition(",")[0]
        return lines

    change(folder / "train.csv", edit)
    with pytest.raises(DataError) as caught:
        read(folder, "train")
    assert "line 5 has 786" in str(caught.value) and "line 6 has 784" in str(caught.value)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (lambda line: line.replace("pixel7,", ""), "missing: pixel7"),
        (lambda line: line.replace("pixel7,", "pixel8,"), "repeated: pixel8"),
        (lambda line: line.replace("label", "Label"), "missing: label; not expected: Label"),
        (lambda line: line.replace(",", ";"), "not expected: label;pixel0"),
        (lambda line: ",".join("0" for _ in line.split(",")), "missing: label, pixel0"),
    ],
    ids=["missing", "repeated", "case", "semicolons", "no header"],
)
def test_a_wrong_header_says_which_columns(folder: Path, header: Callable[[str], str], named: str) -> None:
    change(folder / "train.csv", lambda lines: [header(lines[0]), *lines[1:]])
    with pytest.raises(DataError) as caught:
        read(folder, "train")
    assert named in str(caught.value) and "line 1" in str(caught.value)


@pytest.mark.parametrize("part", ["train", "test"])
def test_swapped_files_are_recognised(folder: Path, part: str) -> None:
    other = {"train": "test", "test": "train"}[part]
    (folder / f"{part}.csv").write_bytes((folder / f"{other}.csv").read_bytes())
    with pytest.raises(DataError, match=rf"{part}\.csv holds the columns of {other}\.csv"):
        read(folder, part)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "wrong columns"),
        (",".join(PIXELS).encode(), "no rows"),
        (",".join(PIXELS).encode() + b"\n\n", "no rows"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)), "not a CSV file"),
        (",".join(PIXELS).encode("utf-16"), "(?s)not UTF-8.*UTF-16"),
        (",".join(PIXELS).encode() + b"\n" + b"\xe9," * 783 + b"1\n", "byte 0xe9"),
        (",".join(PIXELS).encode() + b"\n" + b"\x00" * 2000, "faulty line"),
        (",".join(PIXELS).encode() + b'\n"1' + b",0" * 783, "not a table of numbers"),
    ],
    ids=["empty", "header only", "blank rows", "jpeg", "utf-16", "latin-1", "zero bytes", "open quote"],
)
def test_a_file_of_another_kind_is_refused(folder: Path, content: bytes, named: str) -> None:
    (folder / "test.csv").write_bytes(content)
    with pytest.raises(DataError, match=named):
        read(folder, "test")


def test_a_fault_in_the_middle_of_a_large_file_has_its_line_and_the_rest_is_read_fast(folder: Path) -> None:
    path = folder / "test.csv"
    change(path, lambda lines: [lines[0], *(lines[1:] * 400)])
    set_cell(path, 3000, 9, "1e2")
    with pytest.raises(DataError) as caught:
        read(folder, "test")
    assert "line 3000, column pixel9: '1e2'" in str(caught.value) and "1 faulty line" in str(caught.value)


def test_a_csv_file_given_as_the_folder_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match=r"train\.csv is missing") as caught:
        read(folder / "train.csv", "train")
    assert "a file" in str(caught.value)


def test_a_missing_file_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "training.csv").touch()
    with pytest.raises(DataError) as caught:
        read(tmp_path, "train")
    assert "training.csv" in str(caught.value) and "digit-recognizer.zip" in str(caught.value)


@pytest.mark.parametrize("inside", ["", "digit-recognizer/"])
def test_the_zip_as_downloaded_reads_like_the_folder(data: Path, tmp_path: Path, inside: str) -> None:
    archive = tmp_path / "digit-recognizer.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("train.csv", "test.csv", "sample_submission.csv"):
            file.write(data / name, inside + name)
    for path in (tmp_path, archive):
        assert np.array_equal(pixels_of(read(path, "train")), pixels_of(read(data, "train")))
        assert ids(path) == ids(data)


def test_a_zip_without_the_files_or_a_broken_one_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "digit-recognizer.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("notes.txt", "nothing")
    with pytest.raises(DataError, match=r"train\.csv is not in the archive"):
        read(tmp_path, "train")
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(DataError, match="zip archive cannot be read"):
        read(tmp_path, "train")


def test_equal_pictures_share_a_group_and_others_have_none(folder: Path) -> None:
    change(folder / "train.csv", lambda lines: [*lines, lines[1]])
    samples = read(folder, "train")
    assert samples[0].group is not None and samples[0].group == samples[-1].group
    assert all(sample.group is None for sample in samples[1:-1])


def test_kaggles_42000_rows_are_read_in_two_seconds(folder: Path) -> None:
    rows = (folder / "train.csv").read_bytes().splitlines(keepends=True)
    (folder / "train.csv").write_bytes(rows[0] + b"".join(rows[1:]) * (42_000 // 40))
    # The processor's time: other work on the machine does not count.
    times = []
    while len(times) < 3 and min(times, default=9) >= 2:
        start = time.process_time()
        assert len(read(folder, "train")) == 42_000
        times.append(time.process_time() - start)
    assert min(times) < 2


# The sample


def test_the_sample_is_balanced_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        TASK.sample(tmp_path / name, 60, seed)
    names = ["train.csv", "test.csv", "sample_submission.csv", "answers.csv"]
    a, b, c = ([(tmp_path / folder / name).read_bytes() for name in names] for folder in "abc")
    assert a == b and a[0] != c[0]
    assert np.bincount([s.y for s in read(tmp_path / "a", "train")]).tolist() == [6] * 10
    assert len(read(tmp_path / "a", "test")) == 15


def test_the_whole_sample_is_all_5000_digits_none_twice(tmp_path: Path) -> None:
    TASK.sample(tmp_path, 4000, 0)
    pictures = [s.x.tobytes() for part in ("train", "test") for s in read(tmp_path, part)]
    assert len(pictures) == 5000 and len(set(pictures)) == len(set(map(bytes, mnist_digits()[0].reshape(5000, -1))))
    answers = (tmp_path / "answers.csv").read_text().splitlines()
    assert answers[0] == "ImageId,Label" and len(answers) == 1001


def test_answers_are_the_true_labels_of_the_test_rows(data: Path) -> None:
    known = {picture.tobytes(): int(label) for picture, label in zip(*mnist_digits(), strict=True)}
    rows = [line.split(",") for line in (data / "answers.csv").read_text().splitlines()[1:]]
    assert [int(label) for _, label in rows] == [known[s.x.tobytes()] for s in read(data, "test")]


@pytest.mark.parametrize("size", [0, -1, 4001])
def test_an_impossible_sample_size_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(KitError, match="cannot have this size"):
        TASK.sample(tmp_path, size, 0)


def test_the_smallest_sample_is_not_answered_by_the_sample_submission(tmp_path: Path) -> None:
    TASK.sample(tmp_path, 1, 0)
    assert (tmp_path / "answers.csv").read_text() != (tmp_path / "sample_submission.csv").read_text()


# Augmentation and views


def test_outside_training_an_example_is_the_picture_from_0_to_1(data: Path) -> None:
    sample = read(data, "train")[0]
    x, y = TASK.example(sample, None, CONFIG)
    assert x.shape == (1, 28, 28) and x.dtype == np.float32 and y == sample.y
    assert np.allclose(x[0] * 255, sample.x, atol=1e-3)


def test_augmentation_follows_its_seed_and_the_setting(data: Path) -> None:
    sample = read(data, "train")[0]
    first, again, other = (TASK.example(sample, np.random.default_rng(seed), CONFIG)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    still = TASK.example(sample, np.random.default_rng(1), replace(CONFIG, augment=False))[0]
    assert np.array_equal(still, TASK.example(sample, None, CONFIG)[0])


def test_augmentation_moves_turns_and_zooms_within_its_limits_and_never_flips() -> None:
    from kit_plugins.digit_recognizer.inputs import random_map

    config = DigitConfig(rotation=10, zoom=0.1, shift=0.1, shear=0.0)
    rng = np.random.default_rng(0)
    for _ in range(500):
        matrix = random_map(rng, config)
        linear = matrix[:, :2]
        assert np.linalg.det(linear) > 0
        angle = np.degrees(np.arctan2(linear[1, 0], linear[0, 0]))
        scales = np.linalg.norm(linear, axis=0)
        moved = matrix @ (13.5, 13.5, 1) - 13.5
        assert abs(angle) <= 10 and (scales >= 0.9).all() and (scales <= 1.1).all() and (abs(moved) <= 2.8).all()


def test_views_move_a_batch_and_leave_paper_behind() -> None:
    batch = np.zeros((2, 1, 28, 28), np.float32)
    batch[:, 0, 10, 20] = 1
    positions = {view.name: tuple(np.argwhere(view.apply(batch)[0, 0])[0]) for view in TASK.views}
    assert len(set(positions.values())) == len(TASK.views)
    assert all(view.apply(batch).shape == batch.shape for view in TASK.views)
    assert batch.sum() == 2


# Models


@pytest.mark.parametrize("name", [name for name in TASK.models if name != "baseline"])
def test_a_network_gives_ten_outputs_and_learns_a_batch(name: str) -> None:
    paddle = pytest.importorskip("paddle")
    paddle.seed(0)
    net = TASK.model(name)[1].build(CONFIG)
    x = paddle.randn([16, 1, 28, 28])
    y = paddle.arange(16) % 10
    optimizer = paddle.optimizer.Adam(1e-3, parameters=net.parameters())
    losses = []
    for _ in range(8):
        out = net(x)
        loss = paddle.nn.functional.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert out.shape == [16, 10] and losses[-1] < losses[0]


def test_the_articles_cnn_has_the_articles_887530_weights() -> None:
    pytest.importorskip("paddle")
    net = TASK.model("article")[1].build(CONFIG)
    assert sum(int(weight.size) for weight in net.parameters()) == 887_530


def test_lenet_has_the_shape_and_the_61706_weights_of_lenet_5_for_28x28() -> None:
    pytest.importorskip("paddle")
    from kit.models.layers import layer_table

    table = layer_table(replace(TASK, example=None), replace(CONFIG, model="lenet"), Sample("1", np.zeros((1, 28, 28))))
    shapes = [row.output[0] for row in table.rows if row.weights]
    assert shapes == [(6, 28, 28), (16, 10, 10), (120,), (84,), (10,)]
    assert table.weights == 61_706


def test_the_baseline_beats_guessing_and_covers_digits_it_never_saw(tmp_path: Path) -> None:
    TASK.sample(tmp_path, 400, 0)
    train = [sample for sample in read(tmp_path, "train") if sample.y != 3]
    model = TASK.model("baseline")[1].build(CONFIG)
    x = np.stack([TASK.example(sample, None, CONFIG)[0] for sample in train])
    model.fit(x, np.array([sample.y for sample in train]))
    test = np.stack([TASK.example(sample, None, CONFIG)[0] for sample in read(tmp_path, "test")])
    probabilities = model.predict_proba(test)
    answers = np.loadtxt(tmp_path / "answers.csv", delimiter=",", skiprows=1, dtype=int)[:, 1]
    assert probabilities.shape == (100, 10) and np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities[:, 3] == 0).all()
    assert (probabilities.argmax(axis=1) == answers).mean() > 0.75


def test_deskewing_straightens_a_slanted_stroke() -> None:
    import cv2
    from kit_plugins.digit_recognizer.baseline import deskew

    picture = np.zeros((28, 28), np.float32)
    for row in range(4, 24):
        picture[row, 4 + row // 2 : 7 + row // 2] = 1
    before, after = cv2.moments(picture), cv2.moments(deskew(picture))
    assert abs(after["mu11"] / after["mu02"]) < 0.1 * abs(before["mu11"] / before["mu02"])
    assert abs(after["m10"] / after["m00"] - 13.5) < 0.5 and abs(after["m01"] / after["m00"] - 13.5) < 0.5


# Audit, figures, the card


def test_a_clean_sample_has_no_findings_of_its_own(data: Path) -> None:
    assert list(TASK.audit(data)) == []


def test_pixels_of_0_and_1_are_a_warning(folder: Path) -> None:
    def edit(lines: list[str]) -> list[str]:
        rows = [line.split(",") for line in lines[1:]]
        return [lines[0], *(",".join(str(int(int(cell) > 127)) for cell in row) for row in rows)]

    change(folder / "test.csv", edit)
    assert [(f.kind, f.where) for f in TASK.audit(folder)] == [("scaled pictures", "test.csv")]


def test_blank_and_swapped_pictures_are_found(folder: Path) -> None:
    def edit(lines: list[str]) -> list[str]:
        lines[3] = ",".join([lines[3].split(",")[0], *["0"] * 784])
        label, *pixels = lines[5].split(",")
        lines[5] = ",".join([label, *(str(255 - int(pixel)) for pixel in pixels)])
        return lines

    change(folder / "train.csv", edit)
    found = {finding.kind: finding for finding in TASK.audit(folder)}
    assert sorted(found) == ["blank-pictures", "swapped-pictures"]
    assert "rows 3 " in found["blank-pictures"].message and "rows 5 " in found["swapped-pictures"].message


def test_the_worst_errors_are_sorted_by_how_far_the_truth_fell_behind(data: Path) -> None:
    from kit_plugins.digit_recognizer.figures import worst_errors

    samples = read(data, "train")[:10]
    predictions = [np.eye(10)[sample.y] for sample in samples]
    assert worst_errors(samples, predictions) == []
    assert list(TASK.figures(Evidence(samples, predictions, {}, {}, {}))) == []
    for at, share in ((2, 0.6), (4, 0.9), (7, 0.7)):
        predictions[at] = np.roll(predictions[at], 1) * share + predictions[at] * (1 - share)
    assert worst_errors(samples, predictions) == [4, 7, 2]
    (figure,) = TASK.figures(Evidence(samples, predictions, {}, {}, {}))
    assert figure.png.startswith(b"\x89PNG") and "six worst" in figure.title


def test_the_card_loads_neither_paddle_nor_opencv() -> None:
    code = (
        "import sys, kit_plugins.digit_recognizer as plugin; plugin.kit_tasks()\n"
        "heavy = {'paddle', 'cv2', 'pandas', 'sklearn', 'matplotlib', 'mlxtend'} & set(sys.modules)\n"
        "print(*heavy)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip()) == (0, ""), result.stderr


def test_every_reference_names_its_split_and_source() -> None:
    assert TASK.references[0].score == 0.99286
    assert all(reference.split and reference.source for reference in TASK.references)


@pytest.mark.parametrize("name", ["train (1).csv", "kaggle/train.csv", "train - Copy.csv"])
def test_files_that_a_browser_renamed_or_that_lie_deeper_are_read(folder: Path, name: str) -> None:
    expected = read(folder, "train")[0].y
    (folder / "kaggle").mkdir()
    (folder / "train.csv").rename(folder / name)
    (folder / "._train.csv").write_bytes(b"\x00\x05\x16\x07")
    assert read(folder, "train")[0].y == expected


def test_zips_of_single_files_and_zips_in_zips_are_read(folder: Path) -> None:
    expected = read(folder, "train")[0].y
    with zipfile.ZipFile(folder / "train.csv.zip", "w") as file:
        file.write(folder / "train.csv", "train.csv")
        file.writestr("__MACOSX/._train.csv", b"\x00\x05\x16\x07")
    (folder / "train.csv").unlink()
    assert read(folder, "train")[0].y == expected
    with zipfile.ZipFile(folder / "digit-recognizer (1).zip", "w") as file:
        file.write(folder / "train.csv.zip", "train.csv.zip")
    (folder / "train.csv.zip").unlink()
    assert read(folder, "train")[0].y == expected


def test_a_zip_with_two_different_files_of_a_name_is_refused(folder: Path) -> None:
    with zipfile.ZipFile(folder / "digit-recognizer.zip", "w") as file:
        file.write(folder / "train.csv", "a/train.csv")
        file.write(folder / "test.csv", "b/train.csv")
    (folder / "train.csv").unlink()
    with pytest.raises(DataError, match=r"several files train\.csv"):
        read(folder, "train")


def test_a_folder_named_like_a_file_is_called_so(folder: Path) -> None:
    (folder / "train.csv").unlink()
    (folder / "train.csv").mkdir()
    with pytest.raises(DataError, match=r"a folder named train\.csv"):
        read(folder, "train")
