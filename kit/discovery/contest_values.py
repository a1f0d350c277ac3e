"""What the templates of a contest's plugin are filled with, worked out from an inspection."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from kit.discovery.contest_models import BOOSTERS, CONFIGS, has_files, models_of, outputs, settings_of
from kit.discovery.row_values import label_function, row_values
from kit.discovery.source_text import WIDTH, literal
from kit.errors import KitError
from kit.inspection.findings import SubmissionColumn
from kit.metrics import by_name

if TYPE_CHECKING:
    from kit.inspection import Inspection

OBJECTIVES = {
    "binary": '"binary"',
    "classes": '"classification"',
    "multi-label": '"multilabel"',
    "regression": '"regression"',
    "several numbers": '"regression"',
    "masks": 'kit.Objective(kit.lazy(f"{__name__}.objective:loss"), kit.lazy(f"{__name__}.objective:activation"))',
}
THRESHOLDS = {"mean sample F1": 0.4, "mean sample F2": 0.2}
NUMBERS = ("regression", "several numbers")


def template_group(inspection: Inspection) -> str:
    """The folder of templates that fits: by layout, and for tables by whether there are texts."""
    if inspection.layout == "table":
        return "text" if inspection.features("text") else "table"
    return "masks" if inspection.layout == "masks" else "images"


def template_values(inspection: Inspection) -> dict[str, Any]:
    """Everything that a template may name."""
    group = template_group(inspection)
    columns, kind = inspection.submission.columns, inspection.kind
    labels = inspection.submission.labels
    hidden = columns[:1] if inspection.source.get("keys") else ()
    class_rule = labels in ("class", "labels", "ranking") and columns[1].kind == "text"
    settings = settings_of(inspection, group)
    own_score = kind == "masks" or inspection.metric.startswith("NDCG@")
    return {
        "found": inspection,
        "source": inspection.source,
        "kind": kind,
        "classes": inspection.classes,
        "labels": labels,
        "columns": columns,
        "facts": inspection.facts,
        "group": group,
        "texts": group == "text",
        "regression": kind in NUMBERS,
        "writer": _needs_writer(inspection),
        "prepare": labels in ("labels", "ranking", "rle")
        or (labels == "class" and _needs_writer(inspection))
        or (labels == "numbers" and bool(inspection.source.get("keys")))
        or (labels == "probabilities" and inspection.metric == "log loss"),
        "own_score": own_score,
        "keys": tuple(inspection.source.get("keys", ())),
        "threshold": THRESHOLDS.get(inspection.metric, 0.5),
        "metric_names": ", ".join(["by_name"] * (not own_score) + ["mean_bootstrap"] * (labels == "ranking")),
        "higher": by_name(inspection.metric).higher_is_better,
        "outputs": outputs(inspection),
        "objective": OBJECTIVES[kind],
        "class_rule": class_rule,
        "format_columns": [
            *[_column(SubmissionColumn(name, "text"), ()) for name in inspection.source.get("keys", ())],
            *[_column(column, _rule(inspection, column)) for column in columns if column not in hidden],
        ],
        "models": models_of(inspection, group),
        "boosters": BOOSTERS if group == "table" else (),
        "config_class": CONFIGS[group],
        "settings": ", ".join(f"{key}={literal(value)}" for key, value in settings.items()),
        "files": _files(inspection),
        "ids": bool(inspection.source.get("ids")),
        "picture": group in ("images", "masks"),
        "data_words": _shortened(", ".join(_files(inspection))),
        "prediction_words": _prediction_words(inspection),
        "submission_words": _shortened(", ".join(column.name for column in columns)),
        "label_words": "targets as models learn them" if kind in NUMBERS else "label",
        **(_image_values(inspection) if group in ("images", "masks") else row_values(inspection, group)),
        **_scales(inspection),
    }


def _needs_writer(inspection: Inspection) -> bool:
    """Whether the default writer does not fit: named classes, scaled numbers, two columns of one probability."""
    labels, classes = inspection.submission.labels, inspection.classes
    if inspection.source.get("keys"):
        return True
    if inspection.kind in ("masks", *NUMBERS) or (labels == "probabilities" and inspection.kind == "binary"):
        return True
    if labels != "class":
        return labels in ("labels", "ranking")
    column = inspection.submission.columns[1]
    numbered = classes == tuple(map(str, range(len(classes)))) or not inspection.numeric_classes  # words as 0 and 1
    return column.kind == "text" or not numbered


def _rule(inspection: Inspection, column: SubmissionColumn) -> tuple[str, ...]:
    """The arguments of a text column that say which cells are right."""
    labels = inspection.submission.labels
    if column is inspection.submission.columns[0] or column.kind != "text":
        return ()
    if labels == "rle":
        return "blank=True", 'rule=kit.lazy(f"{__name__}.run_lengths:fault")'
    if labels == "ranking" and inspection.submission.separator:
        return ("rule=_classes",)
    if labels == "labels":
        return "blank=True", "rule=_labels"
    return ("rule=_class",) if labels in ("class", "ranking") else ()


def _column(column: SubmissionColumn, rule: tuple[str, ...]) -> str:
    """A column of the format as source."""
    parts = [literal(column.name)]
    if column.low is not None and column.high is not None:
        parts += [repr(int(end) if float(end).is_integer() else end) for end in (column.low, column.high)]
    parts += rule
    parts += ['decimal=","'] if column.decimal == "," else []
    if column.meaning:
        parts.append(f"meaning={literal(column.meaning)}")
    line = f"kit.{column.kind}({', '.join(parts)})"
    if len(line) + 9 <= WIDTH:
        return line
    inner = ", ".join(parts)
    return f"kit.{column.kind}(\n            {inner}\n        )"


def _files(inspection: Inspection) -> Mapping[str, str]:
    source = inspection.source
    words = {"train": "the training part", "test": "the test part", "sample": "an example of a submission"}
    files = {str(source[role]): meaning for role, meaning in words.items() if source.get(role)}
    files |= dict.fromkeys(source.get("joined") or (), "the training part too")
    if inspection.layout == "table" and source["arrays"]:
        return {pair[0]: "arrays" for columns in source["arrays"].values() for pair in columns.values()}
    for _, (file, _key) in sorted((source.get("arrays") or {}).items()):
        files[file] = "arrays: " + ", ".join(role for role, pair in source["arrays"].items() if pair[0] == file)
    how, endings = source.get("how"), source.get("suffixes", ())
    if how in ("folders", "names"):
        inner, meaning = (
            ("CLASS/*", "in folders of their classes") if how == "folders" else ("CLASS*", "named by class")
        )
        pattern = f"{_folder(source, 'train')}{inner}"
        files |= {f"{pattern}{ending}": f"training images, {meaning}" for ending in endings}
    if source.get("test_folders"):
        files |= {f"{_folder(source, 'test')}*{ending}": "images to predict" for ending in endings}
    elif has_files(inspection) and how not in ("folders", "names"):
        files |= {f"*{ending}": "the images" for ending in endings}
    return files


def _folder(source: Mapping[str, Any], part: str) -> str:
    """The folder of a part with a slash, if the part has one folder of its own."""
    folders = source.get(f"{part}_folders") or ()
    return "".join(f"{name}/" for name in folders) if len(folders) == 1 else ""


def _prediction_words(inspection: Inspection) -> str:
    count = outputs(inspection)
    if inspection.kind in NUMBERS:
        return f"scaled numbers, shape ({count},)"
    if inspection.kind == "masks":
        return "probabilities of the foreground, shape (H, W)"
    return f"probabilities, shape ({count},)"


def _shortened(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:86]}, ..."


def _image_values(inspection: Inspection) -> dict[str, Any]:
    """What only the templates of images and masks need."""
    source, kind = inspection.source, inspection.kind
    shape: tuple[int, ...] = tuple(source.get("shape") or (3, 0, 0))
    if source.get("pixels"):
        height, width, channels = source["pixels"]
        shape = (channels, height, width)
    if len(shape) != 3:
        sides = " x ".join(map(str, shape[1:]))
        raise KitError(
            "a plugin for volumes is not written by new-task",
            found=f"inputs of {sides}",
            remedy="--shape H,W for images; kit new-task NAME writes an example to be changed by hand",
        )
    if not has_files(inspection) and kind not in ("binary", "classes"):
        raise KitError(
            "a plugin for arrays is written for classes only",
            found=kind,
            remedy="kit new-task NAME writes an example to be changed by hand",
        )
    arrays = source.get("arrays") or {"train x": ("", "")}
    return {
        "imports": _mask_imports(inspection) if kind == "masks" else _table_imports(inspection),
        "tables": source.get("how") == "rle" or bool(source.get("group_table")),
        "side": source.get("side") or max(shape[1:]),
        "channels": shape[0],
        "mirror": bool(source.get("mirror")),
        "frame_functions": ["read_frame"] + ([] if source.get("one_hot") else [label_function(inspection)]),
        "masks_apart": "".join(f", {name.lower()}={name}" for name in _mask_names(source)),
        "files_of_images": has_files(inspection),
        "pretrained": has_files(inspection),
        "repeated_ids": inspection.repeated_ids,
        "array_suffix": PurePath(arrays["train x"][0]).suffix.lower(),
    }


def _table_imports(inspection: Inspection) -> list[str]:
    """The names of ``contest`` that a reader of images in a table needs."""
    source = inspection.source
    names = ["FORMS", "NAME", "TRAIN", "IMAGE", "TARGETS", "TEST_FOLDERS"]
    names += ["PART", "TEST_VALUES"] if source.get("part_column") else []
    names += ["TEST"] if source.get("test") else ["SAMPLE", "SAMPLE_ID"] if source.get("sample") else []
    names += ["CLASSES"] if inspection.kind in ("binary", "classes") or source.get("separator") else []
    return names + _mask_names(source) + (["GROUP"] if inspection.group else [])


def _mask_imports(inspection: Inspection) -> list[str]:
    """The names of ``contest`` that a reader of masks needs."""
    source = inspection.source
    if source["how"] == "rle":
        sample = ["SAMPLE", "SAMPLE_ID"] if source.get("sample") else []
        return ["FORMS", "NAME", "TRAIN", "IMAGE", "MASK", "TEST_FOLDERS", *sample, *_mask_names(source)]
    groups = ["FORMS", "GROUP", "GROUP_IMAGE", "GROUP_TABLE"] if source.get("group_table") else []
    return ["CARD", "NAME", "MASK_FOLDERS", "MASK_SUFFIX", *groups]


def _mask_names(source: Mapping[str, Any]) -> list[str]:
    """The name of ``contest`` that says which images are masks of others."""
    return ["MASK_SUFFIX"] if source.get("mask_suffix") else ["MASK_FOLDERS"] if source.get("mask_folders") else []


def _scales(inspection: Inspection) -> dict[str, Any]:
    """Centre and spread of the targets, of their logarithms where the metric compares those."""
    log = inspection.metric == "RMSLE"
    pairs = [scale.logarithms if log else scale.values for scale in inspection.scales]
    return {
        "log": log,
        "centre": tuple(round(centre, 6) for centre, _ in pairs),
        "spread": tuple(round(spread, 6) or 1.0 for _, spread in pairs),
    }
