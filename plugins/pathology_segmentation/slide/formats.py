"""Suffixes of slides in supported and in unsupported formats."""

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
    """Return whether a file name has the suffix of a slide, supported or not."""
    return name.lower().endswith(SLIDES)
