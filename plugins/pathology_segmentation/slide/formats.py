"""File formats of slides by suffix: those that are read, and those of scanners that are not."""

from __future__ import annotations

TIFF = (".tif", ".tiff", ".btf", ".tf8", ".svs", ".ndpi", ".scn", ".bif", ".qptiff")
PICTURES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".gif", ".jp2", ".j2k", ".ppm")
READ = (*TIFF, *PICTURES)

NOT_READ = (
    *(".mrxs", ".vms", ".vmu", ".czi", ".lif", ".lsm", ".nd2", ".oir", ".vsi", ".ets", ".zvi"),
    *(".kfb", ".isyntax", ".i2syntax", ".sdpc", ".tmap", ".mds", ".mdsx", ".svslide", ".dcm", ".dicom"),
    *(".heic", ".heif", ".avif", ".jxl", ".jpx", ".tga", ".psd", ".raw", ".npy", ".npz", ".h5", ".hdf5", ".zarr"),
)
SLIDES = (*READ, *NOT_READ)


def is_slide(name: str) -> bool:
    """Whether a file's name is that of a slide, of a format that is read or not."""
    return name.lower().endswith(SLIDES)
