from pathlib import Path

import pytest
from kit_plugins.pathology_segmentation.files import SlideFiles, find_slides
from kit_plugins.pathology_segmentation.groups import group_of

from kit import DataError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


@pytest.mark.parametrize(
    ("train", "labels", "test"),
    [
        ("train/image/a.tiff", "train/labels/a.svg", "test/image/b.tiff"),
        ("image/a.tiff", "labels/a.svg", "test/image/b.tif"),
        ("image/merge/a.tiff", "labels/a.svg", "test/image/b.TIFF"),
        ("train/images/a.png", "train/masks/a.png", "test/images/b.png"),
        ("images/a.jpg", "masks/a.tif", "test/images/b.jpg"),
        ("contest/train/image/a.tiff", "contest/train/labels/a.svg", "contest/test/image/b.tiff"),
    ],
)
def test_folder_layouts_are_found(tmp_path: Path, train: str, labels: str, test: str) -> None:
    touch(tmp_path, train, labels, test)
    assert find_slides(tmp_path, "train") == [SlideFiles("a", tmp_path / train, tmp_path / labels, "a")]
    assert find_slides(tmp_path, "test") == [SlideFiles("b", tmp_path / test, None, "b")]


def test_a_zip_is_read_like_its_folder(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "slides.zip", "w") as file:
        for name in ("slides/train/image/a.tiff", "slides/train/labels/a.svg", "slides/test/image/b.tiff"):
            file.writestr(name, "")
    assert [found.id for part in ("train", "test") for found in find_slides(tmp_path / "slides.zip", part)] == [
        "a",
        "b",
    ]


def test_a_slide_without_an_outline_has_no_cancer_but_one_without_a_mask_image_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "image/a.tiff", "image/b.tiff", "labels/a.svg")
    assert find_slides(tmp_path, "train")[1].label is None
    (tmp_path / "labels/a.svg").rename(tmp_path / "labels/a.png")
    with pytest.raises(DataError, match=r"1 slides have no mask[\s\S]*first b"):
        find_slides(tmp_path, "train")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "image/a.tiff", "image/a.png", "labels/a.svg")
    with pytest.raises(DataError, match=r"a\.png and a\.tiff"):
        find_slides(tmp_path, "train")


def test_a_folder_without_slides_or_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train/image/\*\.tiff"):
        find_slides(tmp_path, "train")
    touch(tmp_path, "image/a.tiff")
    with pytest.raises(DataError, match="no folder of labels"):
        find_slides(tmp_path, "train")


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("2017-06-09_18.08.16.ndpi.16.14788_15256.2048x2048", "2017-06-09_18.08.16"),
        ("1009009_r31c1", "1009009"),
        ("TCGA-AA-3555.svs_x1024_y0", "TCGA-AA-3555"),
        ("T03_2", "T03"),
        ("case7-x12_y3", "case7"),
        ("10672", "10672"),
        ("slide_2", "slide_2"),
    ],
)
def test_tiles_of_one_patient_are_one_group(name: str, patient: str) -> None:
    assert group_of(name) == patient
