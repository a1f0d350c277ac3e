"""A trained network as a file that runs without the kit: ONNX, or Paddle's own format."""

from kit.export.exporting import export_run
from kit.export.record import ExportRecord

__all__ = ["ExportRecord", "export_run"]
