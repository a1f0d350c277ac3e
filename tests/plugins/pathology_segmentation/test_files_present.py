"""What is there is never taken for absent: labels that are not used, slides of other formats, sub-folders, archives."""

import os
import sys
import unicodedata
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation.audit import audit
from kit_plugins.pathology_segmentation.files import files_not_read, find_slides
from kit_plugins.pathology_segmentation.groups import group_of
from kit_plugins.pathology_segmentation.reader import read

from kit import DataError

from .test_files import touch


def labels(folder: Path) -> dict[str, str | None]:
    """Map each training slide to its label's path in the data folder."""
    found = find_slides(folder, "train")
    return {slide.id: slide.label and slide.label.relative_to(folder).as_posix() for slide in found}


@pytest.mark.parametrize(
    "label",
    [
        *("a.svg", "a.json", "a.geojson", "a.xml", "a.png", "a.bmp", "a.gif", "a.TIF", "a.webp"),
        *(
            "A.SVG",
            "a.tiff.svg",
            "a.tiff.geojson",
            "a_mask.png",
            "a-labels.geojson",
            "a.region.png",
            "a_Annotations.xml",
        ),
    ],
)
def test_a_label_is_found_by_its_slide_s_name(tmp_path: Path, label: str) -> None:
    touch(tmp_path, "train/image/a.tiff", f"train/labels/{label}")
    assert labels(tmp_path) == {"a": f"train/labels/{label}"}


def test_accents_in_two_forms_are_one_name(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFC", "é")
    touch(tmp_path, f"images/{name}.tiff", f"labels/{unicodedata.normalize('NFD', name)}.svg")
    assert list(labels(tmp_path).values()) != [None]


@pytest.mark.parametrize(
    "names",
    [
        ("image/a.tiff", "image/a.json"),
        ("image/a.tiff", "image/a.svg"),
        ("images/a.png", "images/a_mask.png"),
        ("a.png", "a.json"),
        ("a.svs", "a.xml"),
        ("Train/Images/a.png", "Train/Masks/a.png"),
        ("train/img/a.png", "train/annotations/a.png"),
        ("imagesTr/a.png", "labelsTr/a.png"),
        ("train_images/a.png", "train_masks/a.png"),
        ("x/y/train/image/p1/a.tiff", "x/y/train/labels/p1/a.svg"),
    ],
)
def test_labels_are_found_where_people_put_them(tmp_path: Path, names: tuple[str, str]) -> None:
    touch(tmp_path, *names)
    assert labels(tmp_path) == {"a": names[1]}


SWALLOWED = {
    "a format that is not read": ("labels/b.npy", "labels/b.npy"),
    "a packed svg": ("labels/b.svgz", "labels/b.svgz"),
    "a text file of the slide's name": ("labels/b.txt", "labels/b.txt"),
    "a name with something added": ("labels/b_reader2.svg", "labels/b_reader2.svg"),
    "a copy": ("labels/b (1).svg", "labels/b (1).svg"),
    "a file for all": ("labels/annotations.json", "labels/annotations.json"),
    "a table for all": ("labels/runs.csv", "labels/runs.csv"),
    "an archive of masks": ("labels/more.zip", "labels/more.zip"),
    "a name with something added beside the slides": ("image/b_roi.xml", "image/b_roi.xml"),
}


@pytest.mark.parametrize("name", SWALLOWED)
def test_a_label_that_is_not_used_is_an_error_where_it_decides(tmp_path: Path, name: str) -> None:
    file, shown = SWALLOWED[name]
    touch(tmp_path, "image/a.tiff", "image/b.tiff", "labels/a.svg", file)
    with pytest.raises(DataError, match="1 slide would count as free of cancer") as caught:
        find_slides(tmp_path, "train")
    assert shown in str(caught.value) and "without a label: b" in str(caught.value)


def test_labels_of_which_none_belongs_to_a_slide_are_an_error(tmp_path: Path) -> None:
    touch(tmp_path, "image/a.tiff", "image/b.tiff", "labels/x.svg", "labels/y.svg")
    with pytest.raises(DataError, match=r"2 slides would count[\s\S]*labels/x\.svg, labels/y\.svg"):
        find_slides(tmp_path, "train")


@pytest.mark.parametrize(
    "file", ["labels/README.txt", "labels/c.svg", "labels/LICENSE.md", "labels/.DS_Store", "labels/._b.svg"]
)
def test_a_file_that_decides_nothing_is_no_error(tmp_path: Path, file: str) -> None:
    touch(tmp_path, "image/a.tiff", "image/b.tiff", "labels/a.svg", file)
    assert labels(tmp_path) == {"a": "labels/a.svg", "b": None}


def test_two_labels_of_one_slide_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "image/a.tiff", "labels/a.svg", "masks/a.png")
    with pytest.raises(DataError, match=r"two labels[\s\S]*labels/a\.svg and masks/a\.png"):
        find_slides(tmp_path, "train")


@pytest.mark.parametrize(
    "names",
    [
        ("test/image/b.svs", "test/image/sub/c.ndpi"),
        ("test/image/b.bmp", "test/image/c.mrxs"),
        ("test/b.tiff", "test/c.webp"),
        ("Test/Images/b.TIF", "Test/Images/c.kfb"),
        ("test/images/x/y/b.png", "test/images/z/c.dcm"),
        ("imagesTs/b.png", "imagesTs/c.png"),
    ],
)
def test_every_test_slide_is_expected(tmp_path: Path, names: tuple[str, str]) -> None:
    touch(tmp_path, "train/image/a.tiff", "train/labels/a.svg", *names)
    assert [slide.id for slide in find_slides(tmp_path, "test")] == ["b", "c"]


def test_a_link_to_nothing_is_expected_too(tmp_path: Path) -> None:
    touch(tmp_path, "train/image/a.tiff", "train/labels/a.svg", "test/image/b.tiff")
    (tmp_path / "test/image/c.tiff").symlink_to("nowhere")
    assert [slide.id for slide in find_slides(tmp_path, "test")] == ["b", "c"]


def test_a_linked_folder_is_read_and_a_circle_of_links_ends(tmp_path: Path) -> None:
    touch(tmp_path, "data/train/labels/a.svg", "elsewhere/a.tiff")
    (tmp_path / "data/train/image").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/loop").symlink_to(tmp_path / "elsewhere")
    assert [slide.id for slide in find_slides(tmp_path / "data", "train")] == ["a"]


def test_a_folder_named_like_a_slide_is_none(tmp_path: Path) -> None:
    touch(tmp_path, "images/a.png", "masks/a.png")
    (tmp_path / "images/3.png").mkdir()
    assert list(labels(tmp_path)) == ["a"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("name", [b"b\xff.png", b"b\n.png", b"b\x1b[1m.png"])
def test_a_slide_whose_name_is_no_text_is_refused(tmp_path: Path, name: bytes) -> None:
    touch(tmp_path, "train/images/a.png", "train/masks/a.png", "test/images/c.png")
    (tmp_path / "test/images" / os.fsdecode(name)).write_bytes(b"")
    with pytest.raises(DataError, match="not printable UTF-8") as caught:
        find_slides(tmp_path, "test")
    assert str(caught.value).encode()


def test_archives_in_place_of_folders_are_read(tmp_path: Path) -> None:
    for archive, names in (("train.zip", ("image/a.tiff", "labels/a.svg")), ("test.zip", ("b.tiff",))):
        with zipfile.ZipFile(tmp_path / archive, "w") as file:
            for name in names:
                file.writestr(name, "")
    assert [slide.id for slide in find_slides(tmp_path, "train")] == ["a"]
    assert [slide.id for slide in find_slides(tmp_path, "test")] == ["b"]


def test_an_archive_that_was_unpacked_beside_itself_counts_once(tmp_path: Path) -> None:
    touch(tmp_path, "train/image/a.tiff", "train/labels/a.svg")
    with zipfile.ZipFile(tmp_path / "train.zip", "w") as file:
        file.writestr("image/a.tiff", "")
    assert list(labels(tmp_path)) == ["a"]


def test_the_audit_names_files_that_belong_to_no_part(tmp_path: Path) -> None:
    touch(tmp_path, "train/images/a.png", "train/masks/a.png", "test/images/b.png", "test/images/b.json")
    touch(tmp_path, "val/images/c.png", "more/d.svs", "test/labels/b.svg", "answers.csv", "test/images/Thumbs.db")
    touch(tmp_path, "test/images/e.tiff.part", "notes.txt", "images.7z")
    expected = ["more/d.svs", "test/images/b.json", "test/images/e.tiff.part", "test/labels/b.svg", "val/images/c.png"]
    assert files_not_read(tmp_path) == expected
    cv2.imwrite(str(tmp_path / "train/images/a.png"), np.zeros((9, 9, 3), np.uint8))
    found = {finding.kind: finding.message for finding in audit(tmp_path)}
    assert found["file not read"].startswith("5 files belong to no part: more/d.svs")


# Groups


@pytest.mark.parametrize("name", ["OSCC_400x_1", "OSCC_x400_1", "HE_20X_12"])
def test_a_magnification_is_no_patient(name: str) -> None:
    assert group_of(name) == name


def groups(folder: Path) -> list[str | None]:
    return [sample.group for sample in read(folder, "train")]


@pytest.mark.parametrize(
    "text",
    [
        "ImageId,group\nP1_1,x\nP1_2,y\nP1_3,x\n",
        "group,ImageId\nx,P1_1\ny,P1_2\nx,P1_3\n",
        "\ufefffile,Patient\nP1_1.png,x\nP1_2.png,y\nP1_3.png,x\nother.png,z\n",
    ],
)
def test_groups_of_a_table_replace_those_of_the_names(tmp_path: Path, text: str) -> None:
    touch(tmp_path, *(f"{part}/P1_{i}.png" for part in ("images", "masks") for i in (1, 2, 3)))
    assert groups(tmp_path) == ["P1", "P1", "P1"]
    (tmp_path / "groups.csv").write_text(text, encoding="utf-8")
    assert groups(tmp_path) == ["x", "y", "x"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ImageId,group\nP1_1,x\n", "2 slides have no group"),
        ("ImageId,group\nP1_1,x\nP1_2,\nP1_3,x\n", "without a group"),
        ("ImageId,group\nP1_1,x\nP1_1,y\nP1_2,x\nP1_3,x\n", "two groups"),
        ("a,b\n1,2\n", "header"),
        ("", "header"),
    ],
)
def test_a_table_of_groups_that_is_not_complete_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    touch(tmp_path, *(f"{part}/P1_{i}.png" for part in ("images", "masks") for i in (1, 2, 3)))
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(DataError, match=r"groups\.csv") as caught:
        groups(tmp_path)
    assert reason in str(caught.value)


def test_the_audit_says_that_one_patient_cannot_be_split(tmp_path: Path) -> None:
    for i in (1, 2):
        for part in ("images", "masks"):
            (tmp_path / part).mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / part / f"P1_{i}.png"), np.full((9, 9), 255 * (part == "masks"), np.uint8))
    found = {finding.kind: finding for finding in audit(tmp_path)}
    assert "one patient" in found["patients"].message and "groups.csv" in found["patients"].remedy
