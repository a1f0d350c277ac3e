"""The contest folder: what counts as a scan, what is named instead, and which rows belong to which scan."""

import shutil
import zipfile

import numpy as np
import pytest
from kit_plugins.lung_nodules import audit, files, reader, tables

from kit import DataError
from tests.plugins.lung_nodules.contest import CANDIDATES, NODULES, TWO, contest_folder, write_scan

SimpleITK = pytest.importorskip("SimpleITK")
UID = "1.2.3"
MORE = "1.2.0010"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    return contest_folder(tmp_path)


@pytest.mark.parametrize("name", ["._1.2.3.mhd", ".1.2.3.mhd.swp", "._1.2.9.raw", ".DS_Store", "~$annotations.csv"])
def test_files_that_a_system_writes_beside_the_data_are_ignored(name, folder):
    (folder / "subset4" / name).write_bytes(b"\0\5\x16\7" + bytes(range(256)))
    (folder / "__MACOSX" / "subset4").mkdir(parents=True)
    shutil.copy(folder / "subset4" / "1.2.3.mhd", folder / "__MACOSX" / "subset4" / "1.2.7.mhd")
    assert list(files.open_folder(folder).headers) == [UID]
    assert len(reader.read_reduction(folder, "train")) == 2


@pytest.mark.parametrize("suffix", [".MHD", ".mha", ".nii.gz", ".nii", ".nrrd", ".NRRD"])
def test_every_format_that_can_be_read_is_a_scan(suffix, folder):
    old = folder / "subset4" / "1.2.3.mhd"
    image = SimpleITK.ReadImage(str(old))
    if suffix == ".MHD":
        old.rename(old.with_suffix(".MHD"))
    else:
        old.unlink()
        old.with_suffix(".raw").unlink()
        SimpleITK.WriteImage(image, str(old.parent / f"x{suffix.lower()}"))
        (old.parent / f"x{suffix.lower()}").rename(old.parent / f"{UID}{suffix}")
    samples = reader.read_reduction(folder, "train")
    assert {sample.x.scan.uid for sample in samples} == {UID} and reader.ids(folder) == [UID]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("subset4/1.2.8.nhdr", "nhdr is not read"),
        ("subset4/1.2.8.npy", "npy is not read"),
        ("subset4/1.2.8.mhd.gz", "mhd.gz is not read"),
        ("subset4/1.2.8.raw", "has no header"),
        ("subset4/1.2.8.zraw", "has no header"),
        ("subset4/series/0001.dcm", "DICOM slices are not read"),
        ("subset3.7z", "still packed"),
        ("subset3.rar", "still packed"),
        ("subset4/1.2.8.7z", "still packed"),
        ("subset4/1.2.8.mhd.txt", "txt is not read"),
    ],
)
def test_a_scan_that_cannot_be_read_is_named_and_never_left_out(name, words, folder):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"something")
    with pytest.raises(DataError, match=words):
        reader.read_reduction(folder, "train")
    with pytest.raises(DataError, match=words):
        reader.ids(folder)
    found = [finding for finding in audit.audit_detection(folder) if finding.kind == "unread scan"]
    assert [finding.level for finding in found] == ["error"]


@pytest.mark.parametrize("name", ["subset4.zip", "seg-lungs-LUNA16.zip", "subset4/1.2.3.npy", "notes.txt", "README.md"])
def test_an_archive_that_is_unpacked_and_files_beside_a_scan_do_not_matter(name, folder):
    (folder / name).write_bytes(b"something")
    assert len(reader.read_reduction(folder, "train")) == 2


def test_a_linked_subset_is_read_and_a_circle_of_links_ends(folder, tmp_path):
    write_scan(tmp_path / "elsewhere", uid="1.2.4")
    (folder / "subset5").symlink_to(tmp_path / "elsewhere")
    (folder / "subset4" / "again").symlink_to(folder)
    found = files.open_folder(folder)
    assert sorted(found.headers) == ["1.2.3", "1.2.4"] and found.subsets["1.2.4"] == "5"


def test_one_uid_in_two_formats_is_named(folder):
    image = SimpleITK.ReadImage(str(folder / "subset4" / "1.2.3.mhd"))
    SimpleITK.WriteImage(image, str(folder / "subset4" / "1.2.3.mha"))
    with pytest.raises(DataError, match="twice"):
        files.open_folder(folder)


def test_two_headers_of_one_data_file_are_found_by_the_audit(folder):
    subset = folder / "subset4"
    shutil.copy(subset / "1.2.3.mhd", subset / "1.2.4.mhd")
    found = [finding for finding in audit.audit_reduction(folder) if finding.level == "error"]
    assert [finding.kind for finding in found] == ["two scans share a data file"]


def rewrite(path, change):
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first, *map(change, rest)]) + "\n")


CHANGES = {
    "a suffix": lambda row: row.replace(",", ".mhd,", 1),
    "a path": lambda row: "subset4/" + row.replace(",", ".mhd,", 1),
    "quotes": lambda row: '"' + row.replace(",", '",', 1),
    "spaces": lambda row: " " + row.replace(",", " ,", 1),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("listed", [True, False])
def test_file_names_in_the_tables_stand_for_their_scans(change, listed, folder):
    (folder / "annotations_excluded.csv").write_text(NODULES + "1.2.3,-5,45,-88,5\n")
    for name in ("annotations.csv", "candidates_V2.csv", "annotations_excluded.csv"):
        rewrite(folder / name, CHANGES[change])
    if listed:
        (folder / "seriesuids.csv").write_text("1.2.3.mhd\n")
    samples = reader.read_reduction(folder, "train")
    assert [sample.y for sample in samples] == [1, 0]
    assert samples[1].x.scan.unclear.tolist() == [False, True]  # it lies on the excluded finding


@pytest.mark.parametrize("name", ["annotations.csv", "annotations_excluded.csv", "candidates_V2.csv"])
@pytest.mark.parametrize("uid", ["1.2.10", "1.2.001"])
@pytest.mark.parametrize("listed", [True, False])
def test_a_uid_whose_zeros_were_dropped_is_refused_and_the_right_one_named(name, uid, listed, folder):
    write_scan(folder / "subset4", uid=MORE)
    (folder / "candidates_V2.csv").write_text(
        CANDIDATES + "".join(f"{row}\n" for row in (*TWO, f"{MORE},-10,40,-90,1"))
    )
    (folder / "annotations_excluded.csv").write_text(NODULES)
    if listed:
        (folder / "seriesuids.csv").write_text(f"{UID}\n{MORE}\n")
    path = folder / name
    path.write_text(path.read_text() + f"{uid},-10,40,-90,1\n")
    with pytest.raises(DataError, match="unknown scan") as caught:
        reader.read_reduction(folder, "train")
    assert uid in str(caught.value) and f"{MORE} (zeros differ)" in str(caught.value) and name in str(caught.value)


@pytest.mark.parametrize("name", ["annotations_excluded.csv", "annotations.csv", "candidates_V2.csv"])
def test_a_row_of_a_scan_that_nobody_lists_is_refused_with_its_line(name, folder):
    (folder / "annotations_excluded.csv").write_text(NODULES)
    (folder / "seriesuids.csv").write_text(f"{UID}\n")
    path = folder / name
    path.write_text(path.read_text() + "7.7.7,0,0,0,1\n")
    with pytest.raises(DataError, match="unknown scan") as caught:
        reader.read_reduction(folder, "train")
    assert f"{name}, line {len(path.read_text().splitlines())}" in str(caught.value)


def test_scans_in_which_nothing_is_detected_are_named(folder):
    with pytest.raises(DataError, match="no scan has a candidate"):
        reader.read_detection(folder, "train")


def test_candidates_of_other_scans_only_are_refused(folder):
    (folder / "candidates_V2.csv").write_text(CANDIDATES + "7.7.7,0,0,0,1\n")
    (folder / "annotations.csv").write_text(NODULES)
    with pytest.raises(DataError, match="no candidate is in a scan of the folder"):
        reader.read_reduction(folder, "train")


@pytest.mark.parametrize(
    "name", ["annotation.csv", "Annotations.CSV", "annotations (1).csv", "CSVFILES/annotations.csv"]
)
def test_a_table_is_found_under_a_name_that_means_the_same(name, folder):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "annotations.csv").rename(folder / name)
    assert reader.read_reduction(folder, "train")[0].x.scan.nodules.shape == (1, 4)


def test_two_tables_that_differ_are_not_chosen_from(folder):
    (folder / "annotations.csv").rename(folder / "annotations (1).csv")
    (folder / "annotation.csv").write_text(NODULES)
    with pytest.raises(DataError, match="several files may be annotations"):
        reader.read_reduction(folder, "train")


def test_a_packed_table_is_read(folder):
    with zipfile.ZipFile(folder / "candidates_V2.zip", "w") as archive:
        archive.write(folder / "candidates_V2.csv", "candidates_V2.csv")
    (folder / "candidates_V2.csv").rename(folder / "candidates.csv")
    assert files.candidates_file(files.open_folder(folder)).name == "candidates_V2.csv"


def test_a_table_in_an_archive_that_cannot_be_unpacked_is_named(folder):
    (folder / "candidates_V2.csv").rename(folder / "candidates.csv")
    (folder / "candidates_V2.7z").write_bytes(b"7z")
    with pytest.raises(DataError, match=r"candidates_V2.csv is still packed"):
        reader.read_reduction(folder, "train")


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_a_small_subset_that_is_still_packed_is_read(kind, folder):
    write_scan(folder / "subset7", uid="1.2.8")
    shutil.make_archive(str(folder / "subset7"), kind, folder, "subset7")
    shutil.rmtree(folder / "subset7")
    found = files.open_folder(folder)
    assert sorted(found.headers) == [UID, "1.2.8"] and found.subsets["1.2.8"] == "7" and not found.unread
    assert found.part("train") == [UID, "1.2.8"]
    assert reader.ids(folder) == [UID, "1.2.8"] and len(reader.read_reduction(folder, "train")) == 2


def test_a_subset_too_large_to_be_unpacked_by_the_kit_is_named(folder, monkeypatch):
    (folder / "subset7.zip").write_bytes(bytes(2000))
    monkeypatch.setattr(files, "LARGEST_ARCHIVE", 1000)
    with pytest.raises(DataError, match=r"subset7\.zip is still packed"):
        reader.ids(folder)


def test_old_candidates_are_read_with_a_warning(folder, capsys):
    (folder / "candidates_V2.csv").rename(folder / "candidates.csv")
    assert len(reader.read_reduction(folder, "train")) == 2
    assert "candidates.csv is outdated" in capsys.readouterr().err


def test_classes_that_disagree_with_the_annotations_are_found_by_the_audit(folder):
    rows = ("1.2.3,-10,40,-90,0", "1.2.3,-5,45,-88,1")
    (folder / "candidates_V2.csv").write_text(CANDIDATES + "".join(f"{row}\n" for row in rows))
    found = [finding for finding in audit.audit_reduction(folder) if finding.kind == "class and annotation"]
    assert [(finding.level, finding.where.split(", ")[1]) for finding in found] == [
        ("warning", "line 3"),
        ("warning", "line 2"),
    ]


def test_values_that_were_converted_are_found_by_the_audit(folder):
    path = folder / "subset4" / "1.2.3.raw"
    hu = np.frombuffer(path.read_bytes(), "<i2")
    path.write_bytes((hu + 1024).astype("<i2").tobytes())
    found = [finding for finding in audit.audit_reduction(folder) if finding.kind == "values are not HU"]
    assert [finding.level for finding in found] == ["warning"] and "1,024 was subtracted" in found[0].message


def test_every_scan_that_cannot_be_prepared_is_found_by_the_audit(folder):
    for uid in ("1.2.4", "1.2.5"):
        write_scan(folder / "subset4", uid=uid, hu=np.full((12, 40, 44), 7, np.int16))
    found = [finding for finding in audit.audit_detection(folder) if finding.level == "error"]
    assert sorted(finding.where.split("/")[-1] for finding in found) == ["1.2.4.mhd", "1.2.5.mhd"]
    assert all("the same value" in finding.message for finding in found)


def test_an_audit_reports_the_lung_mask_and_nodules_without_a_candidate(folder):
    found = {finding.kind: finding for finding in audit.audit_detection(folder)}
    assert "0.00 litres" in found["little lung"].message and found["little lung"].level == "warning"
    assert "5.0 mm" in found["nodule without candidate"].message
    assert found["candidates"].message == "0 of 1 annotated nodules have one"


def test_a_folder_without_a_test_part_has_an_empty_one_and_expects_every_scan(folder):
    write_scan(folder / "subset5", uid="1.2.4")
    (folder / "seriesuids.csv").write_text("1.2.3\n1.2.4\n1.2.5\n")
    assert len(reader.read_reduction(folder, "test")) == 0 and len(reader.read_detection(folder, "test")) == 0
    assert reader.ids(folder) == ["1.2.3", "1.2.4", "1.2.5"]
    (folder / "seriesuids.csv").unlink()
    assert reader.ids(folder) == ["1.2.3", "1.2.4"]


def test_a_table_without_rows_is_read(tmp_path):
    (tmp_path / "annotations.csv").write_text(NODULES)
    assert len(tables.read_points(tmp_path / "annotations.csv", "diameter_mm")) == 0


@pytest.mark.parametrize("name", ["annotations.csv", "candidates_V2.csv"])
def test_a_broken_table_hides_no_broken_scan_from_the_audit(name, folder):
    write_scan(folder / "subset4", uid="1.2.4", hu=np.full((12, 40, 44), 7, np.int16))
    (folder / name).write_text("nonsense\n")
    found = [finding for finding in audit.audit_reduction(folder) if finding.kind == "unreadable scan"]
    assert len(found) == 1 and "1.2.4" in found[0].where
