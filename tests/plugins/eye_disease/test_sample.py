import time

import cv2
import numpy as np
import openpyxl
import pytest
from kit_plugins.eye_disease import TASK
from kit_plugins.eye_disease.synthetic.fundus import photograph
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kit import KitError
from kit.metrics import roc_auc

KINDS = "PHN"


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    """100 photographs, half of them P, and their labels."""
    kinds = ["P", "H", "P", "N"] * 25
    images = [photograph(kind, np.random.default_rng([11, number])) for number, kind in enumerate(kinds)]
    return np.stack(images), np.array([kind == "P" for kind in kinds], dtype=int)


def cross_validated_auc(features: np.ndarray, labels: np.ndarray) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
    return roc_auc(labels, cross_val_predict(model, features, labels, cv=5, method="predict_proba")[:, 1])


def test_a_colour_histogram_cannot_tell_the_kinds_apart(drawn):
    images, labels = drawn
    histograms = [np.concatenate([np.bincount(i[..., c].ravel() // 8, minlength=32) for c in range(3)]) for i in images]
    joint = [cv2.calcHist([i], [0, 1, 2], None, [6] * 3, [0, 256] * 3).ravel() for i in images]
    assert cross_validated_auc(np.sqrt(histograms), labels) < 0.7
    assert cross_validated_auc(np.sqrt(joint), labels) < 0.7


def test_mean_colour_and_brightness_say_nothing(drawn):
    images, labels = drawn
    moments = np.concatenate([images.mean(axis=(1, 2)), images.std(axis=(1, 2))], axis=1)
    assert cross_validated_auc(moments, labels) < 0.65


def test_the_sample_has_the_contest_s_layout_and_a_workbook_of_answers(eyes):
    names = sorted(path.relative_to(eyes).as_posix() for path in eyes.rglob("*") if path.is_file())
    training = [name for name in names if name.startswith("PALM-Training400/PALM-Training400/")]
    assert len(training) == 24 and {name.split("/")[-1][0] for name in training} == set(KINDS)
    assert len([name for name in names if name.startswith("PALM-Validation400/V")]) == 6
    sheet = openpyxl.load_workbook(eyes / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx").active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("ID", "imgName", "Label", "Fovea_X", "Fovea_Y") and len(rows) == 7
    answers = (eyes / "answers.csv").read_text().splitlines()
    assert answers == ["FileName,PM Risk", *[f"{row[1]},{row[2]}" for row in rows[1:]]]


def test_the_same_seed_draws_the_same_files_and_another_seed_others(tmp_path):
    contents: list[list[bytes]] = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        TASK.sample(tmp_path / name, 8, seed)
        contents.append([path.read_bytes() for path in sorted((tmp_path / name).rglob("*.*")) if path.is_file()])
        time.sleep(1.1)  # a workbook notes when it was made, to the second
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize("size", [8, 9, 13])
def test_small_samples_hold_every_kind_and_both_answers(tmp_path, size):
    TASK.sample(tmp_path, size, 5)
    names = [path.name for path in tmp_path.rglob("[PHN]0*.jpg")]
    assert len(names) == size and {name[0] for name in names} == set(KINDS)
    answers = [line.split(",")[1] for line in (tmp_path / "answers.csv").read_text().splitlines()[1:]]
    assert {"0", "1"} == set(answers)


def test_a_sample_that_is_too_small_is_refused(tmp_path):
    with pytest.raises(KitError, match=r"(?s)too small.*at least 8"):
        TASK.sample(tmp_path, 3, 0)


def test_every_size_of_photograph_is_the_same_for_all_kinds(eyes):
    assert len({cv2.imread(str(path)).shape for path in eyes.rglob("*.jpg")}) == 1


@pytest.mark.slow
def test_the_default_sample_is_drawn_in_15_seconds(tmp_path):
    started = time.perf_counter()
    TASK.sample(tmp_path, TASK.sample_size, 0)
    assert time.perf_counter() - started < 15
