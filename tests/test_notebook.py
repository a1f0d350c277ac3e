"""The notebook of the documentation runs to its end, and shows cards and tables."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

nbclient = pytest.importorskip("nbclient")


def test_every_cell_of_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from jupyter_client.manager import AsyncKernelManager

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])))
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    manager = AsyncKernelManager()
    manager.kernel_spec.argv[0] = sys.executable
    client = nbclient.NotebookClient(notebook, km=manager, timeout=200, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    pages = ["".join(output["data"].get("text/html", "")) for output in outputs if "data" in output]
    assert sum("<table>" in page for page in pages) >= 6 and any("<img" in page for page in pages)
    assert [output.text for output in outputs if output.output_type == "stream" and output.name == "stdout"] != []
