"""Read a CT scan with its geometry: MetaImage (``.mhd``, ``.mha``), NIfTI and NRRD files, strictly."""

from .ct.scan import read_header, read_scan

__all__ = ["read_header", "read_scan"]
