"""A task's card: everything that a user needs to know about a task, as JSON values and as text."""

from __future__ import annotations

import dataclasses
from typing import Any

from kit.contract.requirements import install_command
from kit.contract.settings import meanings
from kit.contract.task import Task


def task_card(task: Task, plugin: str) -> dict[str, Any]:
    """The files, format, metric, models and defaults of a task, as JSON values."""
    columns = [{"name": c.name, "holds": c.expected, "meaning": c.meaning} for c in task.format.columns]
    models = {name: task.model(name)[1] for name in task.models}
    return {
        "task": task.name,
        "title": task.title,
        "plugin": plugin,
        "files": dict(task.files),
        "submission": {
            "file": task.format.filename,
            "columns": columns,
            "id": task.format.id,
            "delimiter": task.format.delimiter,
            "header": task.format.header,
            "rows_per_id": list(task.format.rows_per_id),
            "rows": task.format.rows_in_words,
            "ordered": task.format.ordered,
        },
        "classes": list(task.classes),
        "answers": task.answers,
        "metric": {"name": task.metric.name, "higher_is_better": task.metric.higher_is_better},
        "models": {
            name: {"meaning": model.meaning, "settings": dict(model.settings)} for name, model in models.items()
        },
        "settings": dataclasses.asdict(task.config),
        "setting_meanings": meanings(task.config),
        "search": dict(task.search),
        "views": [view.name for view in task.views],
        "references": [dataclasses.asdict(row) for row in task.references],
        "notes": list(task.notes),
        "requires": dict(task.requires),
        "install": install_command(task),
    }


def card_sections(card: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The card as text: headings, each with its lines; sections without lines are left out."""
    form, metric = card["submission"], card["metric"]
    rules = [f"header {form['header']}"]
    rules += [form["rows"]]
    rules += ["in the contest's order" if form["ordered"] else "in any order"]
    if form["delimiter"] != ",":
        rules += [f"separated by {form['delimiter']!r}"]
    first = next(iter(card["models"]))
    sections = [
        ("files", _table(card["files"].items())),
        (
            f"submission: {form['file']}",
            _table((c["name"], _joined(c["holds"], c["meaning"])) for c in form["columns"]),
        ),
        ("rules", ["; ".join(rules)]),
        (
            "classes",
            [", ".join(f"{label}: {name}" for label, name in enumerate(card["classes"]))] if card["classes"] else [],
        ),
        ("metric", [f"{metric['name']}, {'higher' if metric['higher_is_better'] else 'lower'} is better"]),
        ("answers (for scoring)", [card["answers"]]),
        ("models", _table((_model_name(n, first), _model_words(m)) for n, m in card["models"].items())),
        (
            "settings (--set name=value)",
            _settings_table(card["settings"], card["setting_meanings"]),
        ),
        ("searched by kit tune", _table(card["search"].items())),
        ("views (--tta)", [", ".join(card["views"])] if card["views"] else []),
        (
            "published results",
            [f"{r['score']}  {r['name']}, on {r['split']} ({r['source']})" for r in card["references"]],
        ),
        ("notes", card["notes"]),
        ("packages", _packages(card)),
    ]
    return [(heading, lines) for heading, lines in sections if lines]


def _packages(card: dict[str, Any]) -> list[str]:
    if not card["requires"]:
        return []
    return [", ".join(card["requires"]), f"missing: {card['install']}" if card["install"] else "installed"]


def _table(pairs: Any) -> list[str]:
    rows = list(pairs)
    width = max((len(name) for name, _ in rows), default=0)
    return [f"{name:<{width}}  {value}".rstrip() for name, value in rows]


def _settings_table(settings: dict[str, Any], meaning: dict[str, str]) -> list[str]:
    names = [name for name in settings if name != "model"]
    rows = _table((str(settings[name]), meaning.get(name, "").replace("``", "")) for name in names)
    return _table(zip(names, rows, strict=True))


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _model_name(name: str, first: str) -> str:
    return f"{name} (default)" if name == first else name


def _model_words(model: dict[str, Any]) -> str:
    return _joined(model["meaning"], ", ".join(f"{key}={value}" for key, value in model["settings"].items()))
