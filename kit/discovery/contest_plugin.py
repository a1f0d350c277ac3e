"""Write a plugin for a contest whose files were inspected: readable, and running as it stands."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from kit.discovery.contest_values import template_group, template_values
from kit.discovery.source_text import literal, names, sentence
from kit.files import new_folder

if TYPE_CHECKING:
    from jinja2 import Environment

    from kit.inspection import Inspection

FOLDER = ("templates", "contest")
GROUPS = {
    "table": ("shared", "rows", "table"),
    "text": ("shared", "rows", "text"),
    "images": ("shared", "images"),
    "masks": ("shared", "masks"),
}
"""The folders of templates that make up each kind of plugin; a later one replaces files of an earlier one."""
SUFFIX = ".in"
BEFORE_IMPORT = re.compile(r"\n\n\n+(?=(?:from|import)\b)")
BEFORE_DEFINITION = re.compile(r"\n\n+(?=(?:def|class|@)\b|@)")


def write_plugin(inspection: Inspection, name: str, title: str, folder: Path) -> None:
    """Write the plugin into the new folder ``folder``, all or nothing."""
    values = {**template_values(inspection), "name": name, "title": title, "dashed": name.replace("_", "-")}
    environment = _environment()
    with new_folder(folder) as temporary:
        for group in GROUPS[template_group(inspection)]:
            for template in resources.files("kit").joinpath(*FOLDER, group).iterdir():
                if template.name.endswith(SUFFIX):
                    text = environment.from_string(template.read_text(encoding="utf-8")).render(values)
                    if text.strip():  # a template that does not apply renders to nothing
                        path = temporary / template.name.removesuffix(SUFFIX)
                        path.write_text(tidy(text), encoding="utf-8", newline="\n")


def tidy(text: str) -> str:
    """Put the blank lines right that conditions in a template leave: two before a function or class, at most two."""
    text = BEFORE_DEFINITION.sub("\n\n\n", text.strip() + "\n")
    text = BEFORE_IMPORT.sub("\n\n", text)
    return re.sub(r"\n{4,}", "\n\n\n", text)


def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(  # noqa: S701 # the results are Python source, where every value is a literal
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"literal": literal, "sentence": sentence, "names": names}
    return environment
