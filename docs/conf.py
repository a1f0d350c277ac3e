"""Settings of the documentation; build it with ``nox -s docs``. Nothing is fetched from the network."""

from __future__ import annotations

import kit

project = "contest-kit"
author = "the contest-kit authors"
release = version = kit.__version__
copyright = "the contest-kit authors, Apache-2.0"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx_click"]
exclude_patterns = ["_build"]
nitpicky = False  # type hints name NumPy's and Paddle's classes, whose documentation is not linked

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
autodoc_mock_imports = ["paddle"]  # the documentation is built without Paddle
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"contest-kit {release}"
html_static_path: list[str] = []

smartquotes = False  # "--option" must stay as typed
