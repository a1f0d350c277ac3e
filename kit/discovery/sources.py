"""Where plugins come from: a folder that the user names, built in, or installed (entry points of group ``kit``)."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Literal

from kit.errors import KitError, PluginError

# A module is a plugin if its source has one of these. Its text decides, so that no other file is executed.
HOOK = re.compile(rb"hookimpl|\bkit_tasks\b|\bdef kit_")

Origin = Literal["folder", "built in", "installed"]


@dataclass(frozen=True)
class Candidate:
    """A plugin that has been found and not been loaded yet."""

    name: str
    where: str
    origin: Origin
    load: Callable[[], object]


def candidates(folders: Sequence[Path]) -> Iterator[Candidate]:
    """Yield the plugins in these folders, the built-in ones and the installed ones, in this order."""
    for folder in dict.fromkeys(path.resolve() for path in folders):
        yield from _in_folder(folder)
    yield from _built_in()
    for point in sorted(importlib.metadata.entry_points(group="kit"), key=lambda point: point.name):
        where = point.dist.name if point.dist else point.value
        yield Candidate(point.name, f"entry point of {where}", "installed", point.load)


def _built_in() -> Iterator[Candidate]:
    try:
        package = importlib.import_module("kit_plugins")
    except ModuleNotFoundError:
        return
    for info in pkgutil.iter_modules(package.__path__):
        name = f"kit_plugins.{info.name}"
        yield Candidate(info.name, "built in", "built in", partial(importlib.import_module, name))


def _in_folder(folder: Path) -> Iterator[Candidate]:
    check_folder(folder)
    ignored = []
    found = 0
    for path in sorted(folder.iterdir()):
        file = path / "__init__.py" if path.is_dir() else path
        if path.name.startswith((".", "_")) or file.suffix != ".py" or not file.is_file():
            continue
        if HOOK.search(file.read_bytes()):
            found += 1
            yield Candidate(path.stem, str(path), "folder", partial(_import_file, path, file))
        else:
            ignored.append(path.name)
    if not found:
        yield Candidate(folder.name, str(folder), "folder", partial(_refuse_empty, folder, ignored))


def check_folder(folder: Path) -> None:
    """Refuse a path that is no folder, or is a plugin itself."""
    if not folder.is_dir():
        raise KitError(
            "the plugin folder does not exist", found=folder, remedy="name a folder that holds plugin folders"
        )
    if (folder / "__init__.py").exists():
        remedy = f"name the folder above it: --plugins {folder.parent}"
        raise KitError("this is a plugin, not a folder of plugins", found=folder, remedy=remedy)


def _refuse_empty(folder: Path, ignored: Sequence[str]) -> object:
    raise PluginError(
        "the folder holds no plugin",
        expected="NAME.py or NAME/__init__.py with a function kit_tasks() marked with @kit.hookimpl",
        found=", ".join(ignored) or None,
        remedy=f"kit new-task NAME {folder}",
    )


def _import_file(path: Path, file: Path) -> ModuleType:
    """Import a plugin that is not on ``sys.path``, under a name that no other module has."""
    name = f"kit_local_{path.stem}"
    if name in sys.modules and sys.modules[name].__file__ != str(file):
        name += f"_{zlib.crc32(os.fsencode(path)):08x}"  # a plugin of this name in another folder came first
    if name in sys.modules:
        return sys.modules[name]
    inside = [str(path)] if path.is_dir() else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=inside)
    if spec is None or spec.loader is None:
        raise PluginError("the plugin cannot be imported", where=file)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for half_loaded in [key for key in sys.modules if key == name or key.startswith(name + ".")]:
            del sys.modules[half_loaded]
        raise
    return module
