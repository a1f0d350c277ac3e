"""Write a new plugin from a template. It runs, checks, scores and keeps the laws as it stands."""

from __future__ import annotations

import keyword
import re
import sys
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from kit.discovery.contest_plugin import write_plugin
from kit.errors import KitError
from kit.files import new_folder

if TYPE_CHECKING:
    from kit.inspection import Inspection

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
LONGEST = 60
SUFFIX = ".in"  # so that tools which collect *.py leave the templates alone


WORKFLOW = Path(".github", "workflows", "certify.yml")


def new_task(
    name: str, parent: Path, title: str = "", inspection: Inspection | None = None, *, workflow: bool = False
) -> Path:
    """Write the plugin folder ``parent/name``, all or nothing, and return it.

    It is made for the contest's files that ``inspection`` describes, or else an example with images that it draws. With
    ``workflow`` the example has a workflow of GitHub Actions too, which certifies it.
    Raises KitError for a name that cannot be a task's or that hides a module, and for a folder that exists.
    """
    folder = free_folder(name, parent)
    title = " ".join((title or name.replace("_", " ").capitalize()).split())
    if not title.isprintable() or set(title) & set('"\\'):
        raise KitError("a title is one line without quotes or backslashes", found=title)
    if inspection is not None:
        write_plugin(inspection, name, title, folder)
        return folder
    with new_folder(folder) as temporary:
        _fill(temporary, {"name": name, "title": title, "dashed": name.replace("_", "-")})
        if workflow:
            _write_workflow(temporary / WORKFLOW, name)
    return folder


def free_folder(name: str, parent: Path) -> Path:
    """Return the folder of a new plugin. Raises KitError for a bad name and for a folder that is taken."""
    _check_name(name)
    folder = parent / name
    if folder.exists():
        raise KitError("the folder exists already", found=folder, remedy="choose another name or another folder")
    if (parent / "__init__.py").exists():
        raise KitError(
            "this folder is a package itself",
            found=parent,
            expected="a folder that holds plugins",
            remedy="name another folder",
        )
    return folder


def _check_name(name: str) -> None:
    expected = f"lower-case letters, digits and _, a letter first, at most {LONGEST}"
    if not NAME.match(name) or len(name) > LONGEST:
        nearest = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:LONGEST]
        remedy = f"kit new-task {nearest}" if NAME.match(nearest) else None
        raise KitError("this cannot be a task's name", expected=expected, found=name, remedy=remedy)
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or name in ("kit", "kit_plugins"):
        raise KitError(
            "this name belongs to Python or to the kit",
            found=name,
            expected=expected,
            remedy=f"kit new-task {name}_task",
        )


def _fill(folder: Path, values: dict[str, str]) -> None:
    for template in resources.files("kit").joinpath("templates", "new_task").iterdir():
        if template.name.endswith(SUFFIX):
            name = template.name.removesuffix(SUFFIX).replace("NAME", values["name"])
            text = Template(template.read_text(encoding="utf-8")).substitute(values)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _write_workflow(path: Path, name: str) -> None:
    template = resources.files("kit").joinpath("templates", "workflow", f"{path.name}{SUFFIX}")
    path.parent.mkdir(parents=True)
    path.write_text(
        Template(template.read_text(encoding="utf-8")).substitute(name=name), encoding="utf-8", newline="\n"
    )
