import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import Label
from kit_plugins.pathology_segmentation.files import SlideFiles, find_slides
from kit_plugins.pathology_segmentation.inputs import downsampling_factor, example, sampler
from kit_plugins.pathology_segmentation.reader import read
from kit_plugins.pathology_segmentation.sample import SIDE, svg
from kit_plugins.pathology_segmentation.slide import open_slide
from kit_plugins.pathology_segmentation.slide.downsample import read_downsampled, reflect

from kit import DataError, KitError, Sample, SampleError
from kit.audit import audit
from kit.data.loader import Loader

tifffile = pytest.importorskip("tifffile")

IMAGE = np.random.default_rng(0).integers(0, 256, (300, 410, 3), np.uint8)
SMOOTH = cv2.GaussianBlur(IMAGE, (0, 0), 12)
CONFIG = TASK.config


# Tiffs of every kind


KINDS = {
    "plain": {},
    "strips": {"rowsperstrip": 16},
    "big endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
    "tiles": {"tile": (64, 128)},
    "deflate in one strip": {"compression": "zlib", "rowsperstrip": 300},
    "deflate in tiles with a predictor": {"compression": "zlib", "predictor": True, "tile": (64, 64)},
    "LZW": {"compression": "lzw", "rowsperstrip": 8},
    "zstd": {"compression": "zstd", "tile": (128, 128)},
    "packbits": {"compression": "packbits", "rowsperstrip": 30},
    "planes apart": {"planarconfig": "separate", "photometric": "rgb"},
    "planes apart in tiles": {
        "planarconfig": "separate",
        "photometric": "rgb",
        "tile": (64, 64),
        "compression": "zlib",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_region_of_any_tiff_is_that_part_of_the_slide(tmp_path: Path, kind: str) -> None:
    options = {"photometric": "rgb", **KINDS[kind]}
    byteorder = {key: options.pop(key) for key in ("byteorder", "bigtiff") if key in options}
    data = np.moveaxis(IMAGE, -1, 0) if "apart" in kind else IMAGE
    tifffile.imwrite(tmp_path / "a.tiff", data, **byteorder, **options)
    slide = open_slide(tmp_path / "a.tiff")
    assert (slide.height, slide.width) == (300, 410)
    for top, bottom, left, right in [(0, 300, 0, 410), (60, 70, 100, 140), (299, 300, 409, 410), (0, 65, 380, 410)]:
        assert (slide.read(top, bottom, left, right) == IMAGE[top:bottom, left:right]).all()


def test_jpeg_tiles_are_decoded_as_rgb(tmp_path: Path) -> None:
    options = {"photometric": "rgb", "tile": (128, 128), "compression": "jpeg", "compressionargs": {"level": 98}}
    tifffile.imwrite(tmp_path / "a.tiff", SMOOTH, **options)
    found = open_slide(tmp_path / "a.tiff").read(10, 290, 20, 400)
    assert np.abs(found.astype(int) - SMOOTH[10:290, 20:400]).max() < 12


@pytest.mark.parametrize("order", [1, -1])
def test_the_slide_is_the_largest_page(tmp_path: Path, order: int) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tiff") as file:
        for page in [IMAGE, IMAGE[::2, ::2], IMAGE[::4, ::4]][::order]:
            file.write(page, photometric="rgb", tile=(64, 64), compression="zlib")
    assert (open_slide(tmp_path / "a.tiff").read(0, 300, 0, 410) == IMAGE).all()


def test_grey_rgba_and_sixteen_bits_become_rgb(tmp_path: Path) -> None:
    alpha = np.concatenate([IMAGE, IMAGE[..., :1]], axis=2)
    tifffile.imwrite(tmp_path / "grey.tif", IMAGE[..., 0])
    tifffile.imwrite(tmp_path / "rgba.tif", alpha, photometric="rgb", extrasamples=["unassalpha"], tile=(64, 64))
    tifffile.imwrite(tmp_path / "deep.tif", IMAGE.astype(np.uint16) * 257, photometric="rgb")
    cv2.imwrite(str(tmp_path / "grey.png"), IMAGE[..., 0])
    whole = {path.name: open_slide(path).read(0, 300, 0, 410) for path in tmp_path.iterdir()}
    assert (whole["grey.tif"] == IMAGE[..., :1]).all() and (whole["grey.png"] == IMAGE[..., :1]).all()
    assert (whole["rgba.tif"] == IMAGE).all() and (whole["deep.tif"] == IMAGE).all()


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    for value in (3, 200):
        cv2.imwrite(str(tmp_path / "a.png"), np.full((20, 20, 3), value, np.uint8))
        os.utime(tmp_path / "a.png", ns=(value, value))
        assert (open_slide(tmp_path / "a.png").read(0, 20, 0, 20) == value).all()


@pytest.mark.parametrize("kind", ["plain", "strips", "tiles", "deflate in one strip", "LZW"])
@pytest.mark.parametrize("share", [0.999, 0.5, 0.01])
def test_a_truncated_tiff_is_refused_by_name(tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / "T01.tiff"
    tifffile.imwrite(path, IMAGE, photometric="rgb", **KINDS[kind])
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SampleError, match=r"T01\.tiff"):
        open_slide(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_truncated_picture_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"T01{suffix}"
    cv2.imwrite(str(path), SMOOTH)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SampleError, match=r"T01\."):
        open_slide(path).read(0, 10, 0, 10)


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0\x08\0\0\0\xff\xff", b"GIF89a", b"\0" * 4096])
@pytest.mark.parametrize("name", ["T01.tiff", "T01.png"])
def test_rubbish_is_refused_by_name(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SampleError, match=name):
        open_slide(tmp_path / name)


def test_a_damaged_tile_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "T01.tiff"
    tifffile.imwrite(path, IMAGE, photometric="rgb", tile=(64, 64), compression="zlib")
    with tifffile.TiffFile(path) as file:
        offset = file.pages[0].dataoffsets[3]
    data = bytearray(path.read_bytes())
    data[offset : offset + 40] = b"\xff" * 40
    path.write_bytes(data)
    slide = open_slide(path)
    assert (slide.read(0, 64, 0, 64) == IMAGE[:64, :64]).all()
    with pytest.raises(SampleError, match=r"T01\.tiff"):
        slide.read(0, 300, 0, 410)


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tiff", IMAGE.astype(np.float32), photometric="rgb")
    with pytest.raises(SampleError, match=r"8 or 16 bits[\s\S]*float32"):
        open_slide(tmp_path / "a.tiff")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux counts it")
def test_a_patch_of_a_large_tiled_slide_needs_little_memory(tmp_path: Path) -> None:
    """A 10,000 x 10,000 slide is 300 MB; a patch of it and its truth need a tenth of that beside the interpreter."""
    with tifffile.TiffWriter(tmp_path / "a.tiff") as file:
        pages = np.broadcast_to(np.uint8(200), (10_000, 10_000, 3))
        file.write(pages, photometric="rgb", tile=(512, 512), compression="zlib", compressionargs={"level": 1})
    code = (
        "import resource, sys; from kit_plugins.pathology_segmentation.slide import open_slide\n"
        "from kit_plugins.pathology_segmentation.slide.downsample import read_downsampled\n"
        "import imagecodecs\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert (read_downsampled(open_slide(sys.argv[1]), 2, 4000, 4192, 4000, 4192) == 200).all()\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.tiff")]
    used = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert used < 40_000  # KiB


# Regions at another magnification


def test_a_reduced_region_is_the_mean_of_blocks_and_mirrors_beyond_the_edge(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), IMAGE[..., ::-1])
    slide = open_slide(tmp_path / "a.png")
    padded = np.pad(IMAGE, ((0, 0), (0, -410 % 4), (0, 0)), "edge").astype(float)
    small = padded.reshape(75, 4, 103, 4, 3).mean(axis=(1, 3))
    whole = np.pad(small, ((90, 90), (40, 40), (0, 0)), "reflect")
    found = read_downsampled(slide, 4, -90, 75 + 90, -40, 103 + 40)
    assert np.abs(found - whole).max() <= 0.5001
    assert (read_downsampled(slide, 4, -7, 20, 95, 120) == found[83:110, 135:160]).all()


def test_places_are_mirrored_as_numpy_mirrors() -> None:
    for length in (1, 2, 5):
        expected = np.pad(np.arange(length), 12, "reflect") if length > 1 else np.zeros(25, int)
        assert (reflect(np.arange(-12, length + 12), length) == expected).all()


def test_a_magnification_must_divide_the_slides() -> None:
    assert downsampling_factor(replace(CONFIG, magnification=5.0)) == 4
    for wrong in (3.0, 40.0, 15.0):
        with pytest.raises(KitError, match="magnification"):
            downsampling_factor(replace(CONFIG, magnification=wrong))


# Layouts, names and groups


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
def test_layouts_are_found(tmp_path: Path, train: str, labels: str, test: str) -> None:
    touch(tmp_path, train, labels, test)
    assert find_slides(tmp_path, "train") == [SlideFiles("a", tmp_path / train, tmp_path / labels)]
    assert find_slides(tmp_path, "test") == [SlideFiles("b", tmp_path / test, None)]


def test_a_zip_is_read_like_its_folder(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "slides.zip", "w") as file:
        for name in ("slides/train/image/a.tiff", "slides/train/labels/a.svg", "slides/test/image/b.tiff"):
            file.writestr(name, "")
    assert [found.id for part in ("train", "test") for found in find_slides(tmp_path / "slides.zip", part)] == [
        "a",
        "b",
    ]


def test_without_an_outline_there_is_no_cancer_but_a_mask_must_not_be_lost(tmp_path: Path) -> None:
    touch(tmp_path, "image/a.tiff", "image/b.tiff", "labels/a.svg")
    assert find_slides(tmp_path, "train")[1].label is None
    (tmp_path / "labels/a.svg").rename(tmp_path / "labels/a.png")
    with pytest.raises(DataError, match=r"1 slides have no mask[\s\S]*first b"):
        find_slides(tmp_path, "train")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "image/a.tiff", "image/a.png", "labels/a.svg")
    with pytest.raises(DataError, match=r"a\.png and a\.tiff"):
        find_slides(tmp_path, "train")


def test_a_folder_without_slides_or_labels_is_explained(tmp_path: Path) -> None:
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
    assert SlideFiles(name, Path(f"{name}.tiff"), None).patient == patient


# Samples and patches


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slides")
    TASK.sample(folder, 5, 0)
    return folder


def test_the_sample_is_in_the_contest_s_layout(data: Path) -> None:
    train, test = read(data, "train"), read(data, "test")
    assert [s.id for s in train] == ["T01_1", "T01_2", "T02_1", "T02_2", "T03_1"] and len(test) == 2
    assert [s.group for s in train] == ["T01", "T01", "T02", "T02", "T03"]
    assert train[4].y == Label(None) and test[0].y is None
    assert (open_slide(train[0].x).height, open_slide(train[0].x).width) == (SIDE, SIDE)
    shares = [example(s, None, CONFIG)[1].mean() for s in train[:4]]
    assert all(0.05 < share < 0.45 for share in shares)


def test_patches_are_balanced_between_tumour_and_not(data: Path) -> None:
    samples = read(data, "train")
    rng = np.random.default_rng(0)
    order = sampler(samples, rng, CONFIG)
    assert len(order) == CONFIG.patches * 5
    assert np.mean([samples[i].y == Label(None) for i in order]) == pytest.approx(0.2, abs=0.01)
    pairs = [example(samples[i], np.random.default_rng([0, k]), CONFIG) for k, i in enumerate(order)]
    assert 0.25 < np.mean([y.mean() for _, y in pairs]) < 0.55
    assert all(x.shape == (3, 192, 192) and x.dtype == np.uint8 for x, _ in pairs)
    assert {x.shape for x, _ in pairs} == {(3, 192, 192)} and {y.shape for _, y in pairs} == {(192, 192)}


def test_truth_and_pixels_of_a_patch_belong_together(tmp_path: Path) -> None:
    """Cancer is painted red here: wherever a patch lies and however it is turned, its truth is where it is red."""
    image = np.full((400, 300, 3), 255, np.uint8)
    ring = np.array([(40, 50), (260, 90), (200, 350), (90, 300)])
    cv2.fillPoly(image, [ring], (0, 0, 255))
    touch(tmp_path, "image/a.png", "labels/a.svg")
    cv2.imwrite(str(tmp_path / "image/a.png"), image)
    (tmp_path / "labels/a.svg").write_text(svg([ring.astype(float)], 400))
    sample = read(tmp_path, "train")[0]
    config = replace(CONFIG, patch=64, stain=0.0, blur=0.0)
    for seed in range(30):
        x, y = example(sample, np.random.default_rng(seed), config)
        assert ((x[1] < 128) == y).mean() > 0.97
    x, y = example(sample, None, config)
    assert ((x[1] < 128) == y).mean() > 0.97


def test_one_bad_slide_is_named_and_nothing_else_is_lost(data: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(data, tmp_path / "d")
    (tmp_path / "d/train/labels/T01_1.svg").write_text('<svg><polygon points="1,2 3,x 4,5"/></svg>')
    slide = tmp_path / "d/train/image/T02_1.tiff"
    slide.write_bytes(slide.read_bytes()[:5000])
    samples = read(tmp_path / "d", "train")
    assert len(samples) == 5
    with Loader(TASK, samples, CONFIG) as loader:
        bad = loader.unreadable()
    assert set(bad) == {0, 2} and "T01_1.svg" in bad[0] and "truncated" in bad[2]
    errors = [finding for finding in audit(TASK, tmp_path / "d") if finding.level == "error"]
    assert len(errors) == 1 and "T01_1" in errors[0].message and "T02_1" in errors[0].message


def test_the_audit_counts_cancer_and_names_labels_without_a_slide(data: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(data, tmp_path / "d")
    (tmp_path / "d/train/image/T01_1.tiff").unlink()
    found = {finding.kind: finding.message for finding in audit(TASK, tmp_path / "d")}
    assert "T01_1.svg" in found["label without slide"]
    assert found["cancer"].startswith("3 of 4 slides have cancer")


def test_samples_that_cannot_be_predicted_have_no_truth(data: Path) -> None:
    sample = read(data, "test")[0]
    assert isinstance(sample, Sample) and example(sample, None, CONFIG)[1] is None


# Real tiles, where they are


def real(name: str) -> Path:
    folder = Path(os.environ.get("KIT_TEST_DATA", "")) / "pathology" / name
    if not os.environ.get("KIT_TEST_DATA") or not folder.is_dir():
        pytest.skip("KIT_TEST_DATA names no such folder")
    return folder


@pytest.mark.parametrize(("name", "count", "groups", "share"), [("camelyon", 16, 16, 0.52), ("ocdc", 5, 1, 0.366)])
def test_real_pairs_are_read(name: str, count: int, groups: int, share: float) -> None:
    samples = read(real(name), "train")
    assert len(samples) == count and len({sample.group for sample in samples}) == groups
    found = [example(sample, None, replace(CONFIG, patch=256)) for sample in samples]
    assert np.mean([y.mean() for _, y in found]) == pytest.approx(share, abs=0.01)
    assert not read(real(name), "test")
