"""Refuse a task whose fields are missing, of the wrong type or contradict each other.

A plugin may pass anything at all, so the fields are checked as plain values by name, not as those of a ``Task``.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Literal

from kit.contract.config import TrainConfig
from kit.contract.format import Column, Format
from kit.contract.model import Model, Objective, View
from kit.contract.scoring import Metric, Reference
from kit.errors import PluginError

REQUIRED_FUNCTIONS = ("reader",)
OPTIONAL_FUNCTIONS = (
    "sample",
    *("example", "sampler", "strata", "batch", "augment", "schedule", "split"),
    *("infer", "average", "tune", "writer", "ids", "faults", "masks"),
    *("truth", "read_answers", "evaluate"),
    *("audit", "explain", "seen", "figures", "picture"),
)
OBJECTIVES = ("classification", "binary", "multilabel", "regression")
HEADERS = ("required", "optional", "absent")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
SLUG = re.compile(r"[a-z0-9-]*\Z")

Fields = Mapping[str, Any]
Checks = Iterator[tuple[bool, str, str]]
"""Whether a rule is kept, the field it is about, and what the rule expects of the field."""


def validate(fields: Fields) -> None:
    """Check all fields of a task; raise a PluginError with the task, the field and what was expected.

    Rules are checked in order and the first broken one raises, so that a rule may rely on those above it.
    """
    name = fields["name"] if isinstance(fields["name"], str) else repr(fields["name"])
    for check in (_names, _format, _metric, _config, _models, _functions, _classes, _card):
        for kept, field, expected in check(fields):
            if not kept:
                found = fields[field]
                raise PluginError(
                    f"task {name!r}: field {field!r} is wrong",
                    expected=expected,
                    found=f"{type(found).__name__} {found!r}"[:200],
                )


def _names(fields: Fields) -> Checks:
    name, title = fields["name"], fields["title"]
    yield isinstance(name, str) and bool(NAME.match(name)), "name", "lower-case letters, digits and _"
    yield isinstance(title, str) and bool(title.strip()), "title", "a line of text"


def _format(fields: Fields) -> Checks:
    form = fields["format"]
    yield isinstance(form, Format), "format", "a kit.Format"
    columns = form.columns
    yield isinstance(columns, tuple) and bool(columns), "format", "a tuple of at least one column"
    made = all(isinstance(column, Column) for column in columns)
    yield made, "format", "columns made by integer(), number() or text()"
    yield len({column.name for column in columns}) == len(columns), "format", "columns with names of their own"
    yield form.id is None or form.id in form.names, "format", "an id that is one of the columns"
    yield form.header in HEADERS, "format", "header='required', 'optional' or 'absent'"
    fewest, most = form.rows_per_id if _is_pair(form.rows_per_id) else (-1, None)
    yield fewest >= 0 and (most is None or most >= max(fewest, 1)), "format", "rows_per_id=(fewest, most or None)"
    one = isinstance(form.delimiter, str) and len(form.delimiter) == 1
    yield one, "format", "a delimiter of one character"
    marks = {column.decimal for column in columns}
    yield marks <= {".", ","}, "format", "a decimal mark '.' or ','"
    plain = len(form.values) == 1 or (bool(form.values) and all(column.kind != "text" for column in form.values))
    both = bool(fields["writer"] and fields["truth"])
    words = "a writer and a truth, since the format is not an id and one value or several numbers"
    yield (plain and form.id is not None) or both, "writer", words


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int) and isinstance(value[1], int | None)
    )


def _metric(fields: Fields) -> Checks:
    metric = fields["metric"]
    yield isinstance(metric, Metric), "metric", "a kit.Metric"
    yield isinstance(metric.name, str) and bool(metric.name), "metric", "a name"
    yield isinstance(metric.higher_is_better, bool), "metric", "higher_is_better=True or False"
    yield callable(metric.function), "metric", "a function(y_true, y_pred)"


def _config(fields: Fields) -> Checks:
    config = fields["config"]
    yield isinstance(config, TrainConfig), "config", "a kit.TrainConfig"
    hints = typing.get_type_hints(type(config))
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        yield fits(value, hints[item.name]), "config", f"{item.name} of type {item.type}, not {value!r}"


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the declared type; a whole number serves as a float, a bool as no number."""
    origin = typing.get_origin(hint)
    if origin is Literal:
        return value in typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, choice) for choice in typing.get_args(hint))
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    kind = origin or hint
    return not isinstance(kind, type) or isinstance(value, kind)


def _models(fields: Fields) -> Checks:
    models, config, objective = fields["models"], fields["config"], fields["objective"]
    yield isinstance(models, Mapping) and bool(models), "models", "a mapping of at least one name to a builder"
    yield all(isinstance(name, str) and name for name in models), "models", "names that are text"
    yield config.model in ("", *models), "config", "model='' or the name of one of the task's models"
    builders = [model.build if isinstance(model, Model) else model for model in models.values()]
    yield all(map(callable, builders)), "models", "builders: functions of the config"
    full = [model for model in models.values() if isinstance(model, Model)]
    for part in ("initialize", "optimizer", "freeze"):
        functions = all(getattr(model, part) is None or callable(getattr(model, part)) for model in full)
        yield functions, "models", f"{part}: a function or None"
    for part in ("pretrained", "trusted"):
        given = [getattr(model, part) for model in full]
        names = all(isinstance(value, tuple) and all(isinstance(name, str) for name in value) for value in given)
        yield names, "models", f"{part}: a tuple of names"
    known = {item.name for item in dataclasses.fields(config)}
    for name, model in models.items():
        unknown = sorted(set(model.settings) - known) if isinstance(model, Model) else []
        yield not unknown, "models", f"settings of {name!r} that are fields of the config, not {', '.join(unknown)}"
    named = isinstance(objective, str) and objective in OBJECTIVES
    yield named or isinstance(objective, Objective), "objective", f"an Objective or one of {OBJECTIVES}"


def _functions(fields: Fields) -> Checks:
    for field in REQUIRED_FUNCTIONS:
        yield callable(fields[field]), field, "a function"
    for field in OPTIONAL_FUNCTIONS:
        yield fields[field] is None or callable(fields[field]), field, "a function or None"


def _classes(fields: Fields) -> Checks:
    names, objective = fields["classes"], fields["objective"]
    right = isinstance(names, tuple) and all(isinstance(name, str) for name in names)
    yield right, "classes", "a tuple of names"
    yield all(name.strip() and name.isprintable() for name in names), "classes", "names of printable characters"
    yield len(set(names)) == len(names), "classes", "names that differ"
    yield len(names) != 1, "classes", "at least two names, or none"
    yield objective != "binary" or len(names) in (0, 2), "classes", "two names, of label 0 and label 1"
    yield objective != "regression" or not names, "classes", "none, as the labels of a regression are no classes"


def _card(fields: Fields) -> Checks:
    """Tuples must hold the right kind of items: a text in place of a tuple would be read letter by letter."""
    for field, kind, words in (
        ("views", View, "kit.View"),
        ("references", Reference, "kit.Reference"),
        ("notes", str, "lines"),
    ):
        value = fields[field]
        right = isinstance(value, tuple) and all(isinstance(item, kind) for item in value)
        yield right, field, f"a tuple of {words}"
    names = [view.name for view in fields["views"]]
    yield len(set(names)) == len(names), "views", "views with names of their own"
    yield isinstance(fields["files"], Mapping), "files", "a mapping of patterns to meanings"
    requires = fields["requires"]
    named = isinstance(requires, Mapping) and all(isinstance(each, str) for pair in requires.items() for each in pair)
    yield named, "requires", "a mapping of modules to what pip installs"
    search, settings = fields["search"], {item.name for item in dataclasses.fields(fields["config"])}
    texts = isinstance(search, Mapping) and all(isinstance(each, str) for pair in search.items() for each in pair)
    yield texts and set(search) <= settings, "search", "settings with low..high, or choices separated by commas"
    slug, fraction = fields["kaggle"], fields["public_fraction"]
    yield isinstance(slug, str) and bool(SLUG.match(slug)), "kaggle", "a name as in the contest's address, or nothing"
    part = isinstance(fraction, float) and 0 < fraction <= 1
    yield fraction is None or part, "public_fraction", "a number above 0, at most 1, or None"
    size, answers = fields["sample_size"], fields["answers"]
    whole = isinstance(size, int) and not isinstance(size, bool)
    yield whole and size > 0, "sample_size", "a whole number above 0"
    inside = isinstance(answers, str) and answers not in ("", ".", "..")
    yield inside and PurePath(answers).name == answers, "answers", "the name of a file or folder"
