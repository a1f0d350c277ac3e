"""HTML pages: one Jinja environment that escapes everything, one style sheet, one strict content security policy."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from typing import Any

import jinja2
from markupsafe import Markup

from kit.report import formatting

FILTERS = {name: getattr(formatting, name) for name in ("number", "percent", "size", "duration", "timestamp", "brief")}


def render(template: str, context: Mapping[str, Any]) -> str:
    """Render a template of ``kit/templates`` that extends ``page.html`` to a self-contained page.

    The content security policy in the page allows this style sheet and embedded images and nothing else: no script, no
    request, no frame, no form. Text that UTF-8 cannot encode (lone surrogates from file names) becomes ``?``.
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    # The style sheet is a file of the kit; escaping would change its hash.
    page = _environment().get_template(template).render({**context, "style": Markup(style), "policy": policy})  # noqa: S704
    return page.encode("utf-8", "replace").decode("utf-8")


def fragment(template: str, context: Mapping[str, Any]) -> str:
    """Render a template that is a part of somebody else's page, such as a notebook's; everything in it is escaped."""
    return _environment().get_template(template).render(context).encode("utf-8", "replace").decode("utf-8")


@functools.lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kit", "templates"),
        autoescape=True,
        # An older or a killed run may lack values; they are left empty.
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _style() -> str:
    source, _, _ = jinja2.PackageLoader("kit", "templates").get_source(_environment(), "style.css")
    return source
