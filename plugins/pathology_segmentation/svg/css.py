"""Compute the styles of SVG elements from presentation attributes, style sheets and ``style``.

Only properties that decide which area is drawn are kept, not colours, strokes and fonts. Unsupported rules with such
properties raise a ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

from .document import Document

GEOMETRY = ("x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "d")
ATTRIBUTES = frozenset(
    {
        *GEOMETRY,
        *("display", "visibility", "opacity", "overflow", "transform", "transform-origin"),
        *("fill-rule", "clip-rule", "clip-path", "mask", "filter"),
    }
)
# Properties without an attribute of the same name that would move or hide an element.
CSS_ONLY = frozenset(
    {
        *("all", "translate", "rotate", "scale", "zoom", "transform-box", "clip", "content-visibility"),
        *("offset-path", "animation", "animation-name", "mask-image"),
    }
)
HARMLESS_AT_RULES = ("@charset", "@font-face", "@namespace")
COMPOUND = re.compile(r"(\*|[A-Za-z_][\w-]*)?((?:[.#][\w-]+)*)")
LARGEST_SHEET = 1 << 20  # characters
MOST_MATCHES = 20_000_000  # of rules with elements: about ten seconds


@dataclass(frozen=True)
class Value:
    """A property's value, and whether it comes from CSS, where lengths need a unit."""

    text: str
    css: bool = True
    important: bool = False


Style = dict[str, Value]


@dataclass(frozen=True)
class Rule:
    """A selector as compounds, the innermost last; ``children`` marks those joined to the next one by ``>``."""

    compounds: tuple[tuple[str, tuple[str, ...]], ...]
    children: tuple[bool, ...]
    style: Style

    @property
    def specificity(self) -> tuple[int, int, int]:
        """Count ids, classes and element names."""
        marks = [mark for _, marks in self.compounds for mark in marks]
        ids = sum(mark.startswith("#") for mark in marks)
        return ids, len(marks) - ids, sum(name not in ("", "*") for name, _ in self.compounds)


class Styles:
    """The style of each element of a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._matched = 0

    @cached_property
    def _rules(self) -> list[Rule]:
        rules = [rule for element in self._document.named("style") for rule in _rules_of(element)]
        return sorted(rules, key=lambda rule: rule.specificity)  # a stable sort: of equal rules the last one wins

    def of(self, element: Element) -> Style:
        """Compute an element's own style, without inheritance."""
        style: Style = {
            name: Value(text, css=False) for name, text in element.attrib.items() if name in ATTRIBUTES and text.strip()
        }
        self._matched += len(self._rules)
        if self._matched > MOST_MATCHES:
            raise ValueError("too many style rules for so many elements")
        for rule in self._rules:
            if self._matches(rule, element):
                _apply(style, rule.style)
        _apply(style, declarations(element.get("style") or ""))
        return style

    def _matches(self, rule: Rule, element: Element) -> bool:
        """Match a selector with an element and its ancestors, in time linear in both.

        ``open_`` has the compounds that any further ancestor may match, ``only_next`` those for the next ancestor.
        """
        last = len(rule.compounds) - 1
        if not self._matches_one(rule.compounds[last], element):
            return False
        open_, only_next = set[int](), {last - 1}
        ancestor = self._document.parents.get(element)
        while ancestor is not None and -1 not in only_next:
            matched = {i for i in open_ | only_next if self._matches_one(rule.compounds[i], ancestor)}
            open_ |= {i for i in only_next if not rule.children[i]}
            only_next = {i - 1 for i in matched}
            ancestor = self._document.parents.get(ancestor)
        return -1 in only_next

    def _matches_one(self, compound: tuple[str, tuple[str, ...]], element: Element) -> bool:
        name, marks = compound
        if name not in ("", "*", self._document.name(element)):
            return False
        classes = (element.get("class") or "").split()
        return all(mark[1:] in classes if mark.startswith(".") else mark[1:] == element.get("id") for mark in marks)


def _apply(style: Style, newer: Style) -> None:
    for name, value in newer.items():
        if name not in style or value.important or not style[name].important:
            style[name] = value


def declarations(text: str) -> Style:
    """Parse ``name: value; name: value``, and keep the properties that decide which area is drawn."""
    style: Style = {}
    for part in _without_comments(text).split(";"):
        name, colon, value = part.partition(":")
        name = name.strip().lower()
        if colon and (name in ATTRIBUTES or name in CSS_ONLY):
            plain, mark, important = value.partition("!")
            if mark and important.strip().lower() != "important":
                raise ValueError(f"the style {part.strip()[:60]!r} is not understood")
            _apply(style, {name: Value(plain.strip(), important=bool(mark))})
    return style


def _without_comments(text: str) -> str:
    """Replace comments by spaces; one that is not closed reaches to the end."""
    first, *others = text.split("/*")
    rest = [part.partition("*/")[2] for part in others]
    return " ".join([first, *rest])


def _rules_of(element: Element) -> Iterator[Rule]:
    """Parse a style sheet. Raises ValueError for unsupported rules."""
    if element.get("type", "text/css").strip().lower() not in ("", "text/css"):
        raise ValueError(f"a style sheet of type {element.get('type')!r}")
    if element.get("media", "all").strip().lower() not in ("", "all", "screen"):
        raise ValueError(f"a style sheet for media {element.get('media')!r}")
    text = "".join(element.itertext())
    if len(text) > LARGEST_SHEET:
        raise ValueError(f"a style sheet of more than {LARGEST_SHEET:,} characters")
    for block in _without_comments(text).replace("<!--", " ").replace("-->", " ").split("}"):
        *statements, head = block.partition("{")[0].split(";")
        for at_rule in (*statements, *([head] if head.strip().startswith("@") else [])):
            if at_rule.strip() and not at_rule.strip().lower().startswith(HARMLESS_AT_RULES):
                raise ValueError(f"{at_rule.strip()[:40]!r} in a style sheet is not supported")
        body = block.partition("{")[2]
        if "{" in body or (head.strip() and "{" not in block):
            raise ValueError(f"a style sheet that is not understood: {block.strip()[:40]!r}")
        style = declarations(body)
        if style and not head.strip().startswith("@"):
            yield from (_rule(selector, style) for selector in head.split(","))


def _rule(selector: str, style: Style) -> Rule:
    compounds: list[tuple[str, tuple[str, ...]]] = []
    children: list[bool] = []
    child = False
    for word in selector.replace(">", " > ").split():
        if word == ">" and compounds and not child:
            child = True
            continue
        match = COMPOUND.fullmatch(word)
        if match is None:
            raise ValueError(f"the selector {selector.strip()[:60]!r} of {', '.join(style)} is not supported")
        if compounds:
            children.append(child)
        compounds.append((match[1] or "", tuple(re.findall(r"[.#][\w-]+", match[2]))))
        child = False
    if child or not compounds:
        raise ValueError(f"the selector {selector.strip()[:60]!r} is not understood")
    return Rule(tuple(compounds), tuple(children), style)
