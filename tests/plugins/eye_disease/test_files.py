import os
import shutil
import zipfile
from pathlib import Path

import pytest
from kit_plugins.eye_disease import TASK
from kit_plugins.eye_disease.audit import audit
from kit_plugins.eye_disease.files import find_files
from kit_plugins.eye_disease.reader import ids, read
from PIL import Image

from kit import DataError


def zipped(source: Path, archive: Path) -> Path:
    """Move a folder into a zip that holds it under its own name."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(source.rglob("*")):
            file.write(path, path.relative_to(source.parent))
    shutil.rmtree(source)
    return archive


def everything(folder: Path) -> list[tuple[str, object, str | None]]:
    return [(sample.id, sample.y, sample.group) for part in ("train", "test") for sample in read(folder, part)]


@pytest.fixture
def expected(eyes: Path) -> list[tuple[str, object, str | None]]:
    return everything(eyes)


def test_photographs_of_a_folder_within_its_like_are_read(eyes):
    samples = read(eyes, "train")
    assert len(samples) == 24 and [sample.id for sample in samples] == sorted(sample.id for sample in samples)
    assert [sample.id for sample in read(eyes, "test")] == [f"V{number:04d}.jpg" for number in range(1, 7)]


def test_p_is_one_and_h_and_n_are_zero_and_v_has_no_label(eyes):
    assert {(sample.id[0], sample.y) for sample in read(eyes, "train")} == {("P", 1), ("H", 0), ("N", 0)}
    assert {sample.y for sample in read(eyes, "test")} == {None}


def test_a_folder_that_is_not_nested_reads_the_same(folder, training, expected):
    for path in training.iterdir():
        path.rename(training.parent / path.name)
    training.rmdir()
    assert everything(folder) == expected


def test_photographs_side_by_side_in_one_folder_read_the_same(folder, expected):
    for path in sorted(folder.rglob("*.jpg")):
        path.rename(folder / path.name)
    assert everything(folder) == expected


def test_zip_archives_as_downloaded_read_the_same(folder, expected):
    for name in ("PALM-Training400", "PALM-Validation400", "PALM-Validation-GT"):
        zipped(folder / name, folder / f"{name}.zip")
    assert everything(folder) == expected
    assert ids(folder) == [f"V{number:04d}.jpg" for number in range(1, 7)]
    assert TASK.read_answers(folder / "answers.csv").ids == ids(folder)


def test_a_zip_within_a_zip_reads_the_same(folder, expected):
    inner = folder / "all"
    inner.mkdir()
    for name in ("PALM-Training400", "PALM-Validation400", "PALM-Validation-GT"):
        archive = zipped(folder / name, folder / f"{name}.zip")
        archive.rename(inner / archive.name)
    zipped(inner, folder / "palm.zip")
    assert everything(folder) == expected


def test_an_archive_whose_folder_lies_beside_it_is_not_unpacked_again(folder, expected):
    copy = folder / "copy"
    shutil.copytree(folder / "PALM-Validation400", copy / "PALM-Validation400")
    zipped(copy / "PALM-Validation400", folder / "PALM-Validation400.zip")
    copy.rmdir()
    assert everything(folder) == expected


def test_mask_archives_and_shadow_files_are_left_alone(folder, training, expected):
    with zipfile.ZipFile(folder / "PALM-Training400-Annotation-Lesion.zip", "w") as file:
        file.writestr("Lesion_Masks/Atrophy/P0001.bmp", b"BM")
    (training / "._P0001.jpg").write_bytes(b"mac")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "odd.jpg").write_bytes(b"mac")
    assert everything(folder) == expected


def test_a_broken_zip_is_named(folder):
    (folder / "PALM-Validation400-2.zip").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(
        DataError, match=r"(?s)zip archive cannot be read.*PALM-Validation400-2\.zip.*download it again"
    ):
        read(folder, "train")


@pytest.mark.parametrize("name", ["X0001.jpg", "p0001.jpg", "P1-copy.jpg", "preview.jpg", "N-1.png"])
def test_an_image_of_another_name_is_refused_by_name(folder, training, name):
    shutil.copy(next(training.iterdir()), training / name)
    with pytest.raises(DataError, match=rf"(?s)name is not the contest's.*{name}.*move it out of the data folder"):
        read(folder, "train")


def test_two_different_photographs_of_one_name_are_refused(folder, training):
    first, second = sorted(training.iterdir())[:2]
    (folder / "more").mkdir()
    shutil.copy(second, folder / "more" / first.name)
    with pytest.raises(DataError, match=f"two different photographs are called {first.name}"):
        read(folder, "train")


def test_the_same_photograph_twice_under_its_name_counts_once(folder, training, expected):
    (folder / "more").mkdir()
    shutil.copy(sorted(training.iterdir())[0], folder / "more")
    assert [row[:2] for row in everything(folder)] == [row[:2] for row in expected]


def test_a_folder_without_photographs_says_what_it_should_hold(tmp_path):
    with pytest.raises(DataError, match=r"(?s)no photograph of the contest.*P\*\.jpg"):
        read(tmp_path, "train")


def test_a_folder_to_predict_only_cannot_be_trained_on(folder):
    shutil.rmtree(folder / "PALM-Training400")
    assert len(read(folder, "test")) == 6
    with pytest.raises(DataError, match="no training photograph"):
        read(folder, "train")


def test_training_photographs_alone_have_an_empty_test_part(folder):
    shutil.rmtree(folder / "PALM-Validation400")
    assert read(folder, "test") == [] and len(read(folder, "train")) == 24


def test_identical_files_are_one_group_across_the_parts(folder, training):
    source = sorted(training.glob("P*"))[0]
    shutil.copy(source, training / "P9998.jpg")
    shutil.copy(source, folder / "PALM-Validation400" / "V9999.jpg")
    groups = {sample.id: sample.group for part in ("train", "test") for sample in read(folder, part)}
    assert groups[source.name] == groups["P9998.jpg"] == groups["V9999.jpg"]
    assert len(set(groups.values())) == len(groups) - 2


@pytest.mark.skipif("KIT_TEST_DATA" not in os.environ, reason="needs the contest's files")
def test_the_contest_s_400_training_photographs_are_read():
    samples = read(Path(os.environ["KIT_TEST_DATA"]) / "palm", "train")
    counts = {letter: sum(sample.id[0] == letter for sample in samples) for letter in "PNH"}
    assert counts == {"P": 213, "N": 161, "H": 26}
    groups = {sample.id: sample.group for sample in samples}
    assert groups["P0014.jpg"] == groups["P0072.jpg"] and len(set(groups.values())) == 399


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".TIF", ".tiff", ".webp", ".JPEG", ".JPG"])
def test_photographs_of_other_kinds_are_read_under_the_contests_names(folder, expected, suffix):
    for path in sorted(folder.rglob("*.jpg")):
        if suffix.lower() in (".jpeg", ".jpg"):
            path.rename(path.with_suffix(suffix))
            continue
        Image.open(path).save(path.with_suffix(suffix), lossless=True)
        path.unlink()
    assert [row[:2] for row in everything(folder)] == [row[:2] for row in expected]
    assert ids(folder) == [f"V{number:04d}.jpg" for number in range(1, 7)]


def test_masks_beside_the_photographs_are_left_alone_and_named(folder, training, expected):
    (folder / "Lesion_Masks" / "Atrophy").mkdir(parents=True)
    (folder / "Lesion_Masks" / "Atrophy" / "P0001.bmp").write_bytes(b"BM")
    (folder / "Disc").mkdir()
    (folder / "Disc" / "P0001.bmp").write_bytes(b"BM")
    assert everything(folder) == expected
    assert [path.parent.name for path in find_files(folder).unused] == ["Disc"]


def test_a_browsers_name_is_the_contests(folder, training, expected):
    path = sorted(training.iterdir())[0]
    path.rename(path.with_name(f"{path.stem} (1).jpg"))
    assert everything(folder) == expected


def test_the_public_releases_test_part_is_named_and_not_used(folder, training, expected):
    shutil.copy(sorted(training.iterdir())[0], training / "T0001.jpg")
    assert everything(folder) == expected
    (finding,) = [finding for finding in audit(folder) if finding.kind == "unused images"]
    assert finding.level == "warning" and "T0001.jpg" in finding.message
