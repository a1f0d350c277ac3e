import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.eye_disease import TASK, cache, image
from kit_plugins.eye_disease.inputs import DEVIATION, MEAN, example, light_table, moved
from kit_plugins.eye_disease.reader import read
from kit_plugins.eye_disease.synthetic.fundus import photograph

from kit import Sample, SampleError
from kit.files import cache_dir

CONFIG = TASK.config
SIDE = CONFIG.image_size


@pytest.fixture(scope="module")
def eye() -> np.ndarray:
    return photograph("P", np.random.default_rng(3))


def saved(path: Path, pixels: np.ndarray, suffix: str = ".jpg") -> Path:
    shown = pixels if pixels.ndim == 2 else pixels[..., ::-1]
    ok, data = cv2.imencode(suffix, shown, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert ok
    path.write_bytes(data.tobytes())
    return path


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two images of one size show the same, seen a little blurred: other scales leave other grain."""
    soft = [cv2.GaussianBlur(image, (0, 0), 1.5).ravel() for image in (a, b)]
    return bool(np.corrcoef(soft)[0, 1] > 0.99)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.rgb") if path.is_file())


# Decoding


def test_an_original_is_decoded_at_reduced_scale_and_looks_the_same(tmp_path, eye):
    large = saved(tmp_path / "P0001.jpg", cv2.resize(eye, (2124, 2056), interpolation=cv2.INTER_CUBIC))
    assert image.decode(large, 128).shape == (257, 266, 3)
    assert image.decode(large, 224).shape == (514, 531, 3)
    assert image.decode(large, 2000).shape == (2056, 2124, 3)
    assert alike(image.load(large, 128, 0.0), image.load(saved(tmp_path / "small.jpg", eye), 128, 0.0))


def test_colours_come_as_red_green_blue(tmp_path, eye):
    disc = image.load(saved(tmp_path / "P0001.jpg", eye), 64, 0.0)[16:48, 16:48].mean(axis=(0, 1))
    assert disc[0] > disc[1] > disc[2]


def truncated(path: Path, eye: np.ndarray) -> None:
    data = saved(path, eye).read_bytes()
    path.write_bytes(data[: len(data) // 2])


def cut_in_the_header(path: Path, eye: np.ndarray) -> None:
    path.write_bytes(saved(path, eye).read_bytes()[:40])


BROKEN = {
    "truncated": (truncated, "cut off"),
    "cut in its header": (cut_in_the_header, "cut off within its header"),
    "empty": (lambda path, eye: path.write_bytes(b""), "an empty file"),
    "no image": (lambda path, eye: path.write_bytes(b"<html>not found</html>"), "22 bytes that start with b'<html>no'"),
    "grey": (lambda path, eye: saved(path, eye[..., 0]), r"8 bits, 1 channels \(grey\)"),
    "16 bits": (lambda path, eye: saved(path, eye.astype(np.uint16) * 256, ".png"), "16 bits, 3 channels"),
    "black": (lambda path, eye: saved(path, eye * 0), "shows nothing"),
    "tiny": (lambda path, eye: saved(path, eye[100:108, 100:108]), "too small"),
}


@pytest.mark.parametrize(("spoil", "words"), BROKEN.values(), ids=BROKEN)
def test_a_photograph_that_is_unfit_is_named_with_what_is_wrong(tmp_path, eye, spoil, words):
    spoil(tmp_path / "P0001.jpg", eye)
    with pytest.raises(SampleError, match=rf"(?s){words}.*P0001\.jpg"):
        image.load(tmp_path / "P0001.jpg", 64, 0.0)


def test_a_truncated_photograph_with_a_thumbnail_inside_is_still_found_out(tmp_path, eye):
    thumbnail = saved(tmp_path / "thumbnail", eye[::4, ::4]).read_bytes()
    whole = saved(tmp_path / "P0001.jpg", eye).read_bytes()
    camera = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    (tmp_path / "P0001.jpg").write_bytes(whole[:2] + camera + whole[2:])
    assert image.load(tmp_path / "P0001.jpg", 64, 0.0).shape == (64, 64, 3)
    (tmp_path / "P0001.jpg").write_bytes(whole[:2] + camera + whole[2:-100])
    with pytest.raises(SampleError, match="cut off"):
        image.load(tmp_path / "P0001.jpg", 64, 0.0)


def test_a_missing_photograph_is_named(tmp_path):
    with pytest.raises(SampleError, match=r"P0001\.jpg"):
        image.load(tmp_path / "P0001.jpg", 64, 0.0)


def test_a_png_called_jpg_is_read_by_what_it_holds(tmp_path, eye):
    loaded = image.load(saved(tmp_path / "P0001.jpg", eye, ".png"), 64, 0.0)
    assert np.abs(loaded.astype(int) - image.load(saved(tmp_path / "P0002.jpg", eye), 64, 0.0)).mean() < 3


# Cropping and light


def test_the_black_around_the_disc_and_the_image_s_size_leave_no_trace(tmp_path, eye):
    plain = image.load(saved(tmp_path / "P0001.jpg", eye), 64, 0.0)
    framed = cv2.copyMakeBorder(eye, 40, 90, 130, 20, cv2.BORDER_CONSTANT)
    assert alike(image.load(saved(tmp_path / "P0002.jpg", framed), 64, 0.0), plain)
    assert not alike(cv2.resize(framed, (64, 64), interpolation=cv2.INTER_AREA), plain)


def test_evening_out_takes_away_a_slope_of_light_and_keeps_black_black(eye):
    slope = np.linspace(0.5, 1.3, eye.shape[1])[None, :, None]
    dim = (eye * slope).clip(0, 255).astype(np.uint8)
    before, after = (
        np.abs(a.astype(float) - b).mean()
        for a, b in ((eye, dim), (image.even_out(eye, 1.0), image.even_out(dim, 1.0)))
    )
    assert after < before / 2
    assert image.even_out(eye, 1.0)[0, 0].tolist() == [0, 0, 0]


# The cache


def test_a_second_read_comes_from_the_cache_with_the_same_pixels(tmp_path, eye, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    path = saved(tmp_path / "P0001.jpg", eye)
    first = cache.cached(path, 64, 0.0)
    monkeypatch.setattr(cache, "load", lambda *_: pytest.fail("decoded again"))
    assert np.array_equal(cache.cached(path, 64, 0.0), first)


def test_other_pixels_size_or_light_have_an_entry_of_their_own(tmp_path, eye, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    path = saved(tmp_path / "P0001.jpg", eye)
    first = cache.cached(path, 64, 0.0)
    assert cache.cached(path, 32, 0.0).shape == (32, 32, 3)
    assert not np.array_equal(cache.cached(path, 64, 1.0), first)
    saved(path, eye[::-1])
    assert np.abs(cache.cached(path, 64, 0.0).astype(int) - first).mean() > 3
    assert len(files(cache_dir())) == 4


@pytest.mark.parametrize(
    "spoil", [lambda data: b"", lambda data: data[:-1], lambda data: data[:100] + b"x" + data[101:]]
)
def test_a_damaged_entry_is_made_again(tmp_path, eye, monkeypatch, spoil):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    path = saved(tmp_path / "P0001.jpg", eye)
    first = cache.cached(path, 64, 0.0).copy()
    (entry,) = files(cache_dir())
    sound = entry.read_bytes()
    entry.write_bytes(spoil(sound))
    assert np.array_equal(cache.cached(path, 64, 0.0), first)
    assert entry.read_bytes() == sound


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, eye, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "file"))
    assert cache.cached(saved(tmp_path / "P0001.jpg", eye), 64, 0.0).shape == (64, 64, 3)


def _sum(path: str) -> int:
    return int(cache.cached(Path(path), 64, 0.0).sum())


def test_processes_that_fill_one_cache_at_once_agree(tmp_path, eye, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    path = str(saved(tmp_path / "P0001.jpg", eye))
    with ProcessPoolExecutor(3, get_context("spawn")) as pool:
        assert len(set(pool.map(_sum, [path] * 12))) == 1
    assert len(files(cache_dir())) == 1
    assert not list((tmp_path / "cache").rglob("*.tmp"))


# Examples


def test_an_example_is_a_standardised_input_and_a_label(eyes):
    sample = read(eyes, "train")[0]
    x, y = example(sample, None, CONFIG)
    assert x.shape == (3, SIDE, SIDE) and x.dtype == np.float32 and y == sample.y
    pixels = cache.cached(Path(sample.x), SIDE, CONFIG.illumination).astype(np.float32) / 255
    assert np.allclose(x, ((pixels - MEAN) / DEVIATION).transpose(2, 0, 1), atol=1e-5)


def test_an_example_to_predict_has_no_label_and_no_randomness(eyes):
    sample = read(eyes, "test")[0]
    assert example(sample, None, CONFIG)[1] is None
    assert np.array_equal(example(sample, None, CONFIG)[0], example(sample, None, CONFIG)[0])


def test_augmentation_depends_on_its_generator_alone(eyes):
    sample = read(eyes, "train")[0]
    first, again, other = (example(sample, np.random.default_rng(seed), CONFIG)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    plain = example(sample, np.random.default_rng(1), replace(CONFIG, augment=False))[0]
    assert np.array_equal(plain, example(sample, None, CONFIG)[0])


def test_without_range_a_photograph_is_only_mirrored(eye):
    still = replace(CONFIG, rotation=0.0, zoom=0.0, shift=0.0)
    square = np.ascontiguousarray(eye[:, :280])
    mirrors = [square[::a, ::b] for a in (1, -1) for b in (1, -1)]
    seen = set()
    for seed in range(24):
        turned = moved(square, np.random.default_rng(seed), still)
        seen.add(next(k for k, mirror in enumerate(mirrors) if np.array_equal(mirror, turned)))
    assert seen == {0, 1, 2, 3}


def test_the_light_varies_around_the_plain_table_and_stays_in_order():
    plain = light_table()
    assert np.allclose(plain[:, 0], (np.arange(256) / 255 - MEAN) / DEVIATION, atol=1e-6)
    tables = np.stack([light_table(np.random.default_rng(seed), 0.2) for seed in range(200)])
    assert (np.diff(tables, axis=1) > 0).all()
    assert np.abs(tables.mean(axis=0) - plain).max() < 0.5


def test_the_loader_names_a_photograph_that_cannot_be_read(folder, training, kit_cli):
    victim = sorted(training.glob("H*"))[0]
    victim.write_bytes(victim.read_bytes()[:2000])
    small = ("--model", "residual", "--set", "image_size=32", "--epochs", 1)
    result = kit_cli("train", "eye_disease", "--data", folder, *small, "--folds", 2, "--set", "workers=0")
    assert result.exit_code == 1 and victim.name in result.stderr and "cut off" in result.stderr
    assert "--skip-bad" in result.stderr


def test_a_picture_is_the_disc_as_it_is_lit(eyes):
    sample = read(eyes, "train")[0]
    shown = TASK.picture(sample)
    assert shown.shape == (224, 224, 3) and shown.dtype == np.uint8
    bare = Sample(sample.id, sample.x)
    assert np.array_equal(TASK.picture(bare), shown)


def test_copies_are_decoded_once(folder, training, monkeypatch, tmp_path):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    shutil.copy(sorted(training.glob("N*"))[0], training / "N9999.jpg")
    for sample in read(folder, "train"):
        example(sample, None, CONFIG)
    assert len(files(cache_dir())) == 24
