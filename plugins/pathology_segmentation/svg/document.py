"""The elements of an SVG document, their names and their ids."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from xml.etree.ElementTree import Element

DEEPEST = 200
SVG = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"


class Document:
    """An SVG document: its root, and elements by id."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.namespace, self.root_name = _split(root)

    def name(self, element: Element) -> str | None:
        """Return an element's name if it is in SVG's namespace, else ``:`` and its name.

        None for comments and processing instructions. A document without a namespace counts as SVG.
        """
        if not isinstance(element.tag, str):
            return None
        namespace, name = _split(element)
        return name if namespace in (self.namespace, SVG) else f":{name}"

    @cached_property
    def parents(self) -> dict[Element, Element]:
        """Return the parent of each element but the root. Raises ValueError for a document that is nested too deep."""
        parents: dict[Element, Element] = {}
        depths = {self.root: 0}
        for parent in self.root.iter():  # parents come before their children
            for child in parent:
                parents[child], depths[child] = parent, depths[parent] + 1
        if max(depths.values()) > DEEPEST:
            raise ValueError(f"elements nested more than {DEEPEST} deep")
        return parents

    @cached_property
    def _by_id(self) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for element in self.root.iter():
            name = element.get("id")
            if name is not None:
                found.setdefault(name, []).append(element)
        return found

    def referenced(self, reference: str) -> Element:
        """Return the element that ``#id`` names. Raises ValueError for another file, no such id, or a repeated one."""
        reference = reference.strip()
        if not reference.startswith("#"):
            raise ValueError(f"a reference to another file: {reference[:60]!r}")
        found = self._by_id.get(reference[1:], [])
        if len(found) != 1:
            raise ValueError(f"{len(found)} elements have the id {reference[1:61]!r}")
        return found[0]

    def named(self, name: str) -> Iterator[Element]:
        """Yield all elements of SVG with this name."""
        return (element for element in self.root.iter() if self.name(element) == name)


def _split(element: Element) -> tuple[str, str]:
    namespace, _, name = str(element.tag).rpartition("}")
    return namespace.removeprefix("{"), name


def href_of(element: Element) -> str:
    """Return ``href`` or ``xlink:href`` of an element."""
    return element.get("href") or element.get(HREF) or ""
