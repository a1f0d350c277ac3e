import shutil
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pytest
from kit_plugins.eye_disease.audit import audit

from kit import Finding


def found(folder: Path, kind: str) -> list[Finding]:
    return [finding for finding in audit(folder) if finding.kind == kind]


def rewrite(path: Path, width: int, height: int, suffix: str = ".jpg") -> None:
    pixels = cv2.resize(cv2.imread(str(path)), (width, height))
    path.write_bytes(cv2.imencode(suffix, pixels)[1].tobytes())


def test_the_sample_has_nothing_to_warn_of(eyes):
    assert [finding for finding in audit(eyes) if finding.level != "note"] == []


def test_identical_files_are_named_in_pairs_within_and_across_the_parts(folder, training):
    first, second = sorted(training.glob("P*"))[:2]
    shutil.copy(first, training / "P9998.jpg")
    shutil.copy(second, folder / "PALM-Validation400" / "V9999.jpg")
    (finding,) = found(folder, "identical files")
    assert finding.level == "warning" and "2 photographs" in finding.message
    assert f"{first.name} = P9998.jpg" in finding.message and f"{second.name} = V9999.jpg" in finding.message


def test_a_png_called_jpg_is_named(folder, training):
    victim = sorted(training.glob("N*"))[0]
    rewrite(victim, 280, 280, ".png")
    (finding,) = found(folder, "not a jpg")
    assert victim.name in finding.message and "save them as jpg" in finding.remedy


def test_a_size_that_gives_a_kind_away_is_reported(folder, training):
    for path in training.glob("H*"):
        rewrite(path, 144, 144)
    (finding,) = found(folder, "size and kind")
    assert finding.where == "H" and "144x144" in finding.message and "cropped" in finding.remedy


def test_sizes_that_say_nothing_are_not_reported(folder, training):
    for number, path in enumerate(sorted(training.iterdir())):
        rewrite(path, 200 + 10 * (number % 2), 200)
    assert found(folder, "size and kind") == []


def test_labels_without_images_and_images_without_labels_are_named(folder):
    (folder / "answers.csv").unlink()
    path = folder / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx"
    book = openpyxl.load_workbook(path)
    book.active["B2"] = "V0777.jpg"
    book.active["D3"] = book.active["E3"] = 0
    book.save(path)
    (absent,), (bare,), (fovea,) = (
        found(folder, kind) for kind in ("labels without images", "images without labels", "fovea")
    )
    assert "V0777.jpg" in absent.message and absent.level == "warning" and absent.remedy
    assert "V0001.jpg" in bare.message and bare.level == "warning" and bare.remedy
    assert "V0002.jpg" in fovea.message and fovea.level == "note"


def test_a_label_workbook_that_lacks_the_columns_is_a_warning_and_any_other_table_a_note(folder):
    book = openpyxl.Workbook()
    book.active.append(["ID", "imgName", "Fovea_X", "Fovea_Y"])
    book.save(folder / "Fovea_Location.xlsx")
    assert [finding.level for finding in found(folder, "no label columns")] == ["note"]
    path = folder / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx"
    book.save(path)
    (finding,) = [finding for finding in found(folder, "no label columns") if finding.level == "warning"]
    assert "imgName and Label" in finding.message and finding.where == str(path)
    assert "PALM-Validation-GT" in finding.remedy


def test_a_damaged_label_table_is_a_warning_with_its_line(folder):
    with (folder / "answers.csv").open("a") as file:
        file.write("V0001.jpg,1\n")
    (finding,) = found(folder, "label table")
    assert finding.level == "warning" and "V0001.jpg is twice" in finding.message and "delete" in finding.remedy


def test_photographs_to_predict_without_any_table_are_a_note(folder):
    (folder / "answers.csv").unlink()
    shutil.rmtree(folder / "PALM-Validation-GT")
    (finding,) = found(folder, "no labels")
    assert finding.level == "note" and "6 photographs" in finding.message


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", np.random.default_rng(0).bytes(500)])
def test_a_broken_photograph_does_not_stop_the_audit(folder, training, data):
    sorted(training.glob("P*"))[0].write_bytes(data)
    assert isinstance(list(audit(folder)), list)


def test_kit_audit_names_a_truncated_photograph_and_a_foreign_one(folder, training, kit_cli):
    victim = sorted(training.glob("P*"))[0]
    victim.write_bytes(victim.read_bytes()[:3000])
    result = kit_cli("audit", "eye_disease", "--data", folder)
    assert result.exit_code == 1 and victim.name in result.stdout and "cut off" in result.stdout
    shutil.copy(sorted(training.glob("N*"))[0], training / "X0001.jpg")
    result = kit_cli("audit", "eye_disease", "--data", folder)
    assert result.exit_code == 1 and "X0001.jpg" in result.stdout and "move it out" in result.stdout
