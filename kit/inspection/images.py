"""A contest of images: classes by folders or by names, labels or masks in a table, or pairs of image and mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kit.errors import DataError
from kit.inspection.columns import Cells, count_cells
from kit.inspection.files import Download, Picture
from kit.inspection.findings import Confidence, Fact, Inspection
from kit.inspection.ids import IdColumn, ids_are_text
from kit.inspection.kinds import TargetKind, balance_fact, class_fact, is_rle, order_classes
from kit.inspection.labelled_images import find_image_table, inspect_labelled
from kit.inspection.masks import Pairs, find_pairs, inspect_pairs, is_mask
from kit.inspection.metric_names import choose_metric
from kit.inspection.options import Options
from kit.inspection.picture_parts import (
    folder_classes,
    input_side,
    name_classes,
    part_folders,
    part_of,
    read_sizes,
    suffixes_of,
)
from kit.inspection.preparation import divide_by_column
from kit.inspection.roles import Roles, find_roles
from kit.inspection.submissions import find_submission
from kit.inspection.tables import SourceTable, read_table
from kit.inspection.tabular import table_facts
from kit.inspection.targets import Targets, match_classes
from kit.inspection.unsupported import refuse_annotations, refuse_boxes, refuse_lone_masks, refuse_rows_of_classes

FORMS = {"stem": "file name without suffix", "name": "file name", "path": "path"}
"""How a submission may name an image, in words."""


@dataclass(frozen=True)
class ImageClasses:
    """Training images by class, and how that is known."""

    how: str
    """"folders" or "names"."""
    classes: Mapping[str, Sequence[Picture]]
    fact: Fact


def inspect_images(download: Download, options: Options) -> Inspection:
    """Inspect a contest of images. Raises DataError for an arrangement that is not understood."""
    divided = divide_by_column(find_roles([read_table(path) for path in download.tables]))
    roles = divided.roles
    refuse_boxes(roles)
    pairs = find_pairs(download.images)
    inputs = [picture for picture in download.images if not is_mask(picture)] if pairs else download.images
    column = find_image_table(roles.train, inputs) if roles.train is not None else None
    if pairs and not (column and _table_has_target(roles)):
        return inspect_pairs(download, roles, pairs, options)
    if column is not None:
        found = inspect_labelled(replace(download, images=tuple(inputs)), divided, column, options)
        return _without_masks(found, pairs)
    options.refuse_others("images in folders", "metric", "positive")
    train = [picture for picture in download.images if part_of(picture) == "train"]
    valid = [picture for picture in download.images if part_of(picture) == "valid"]
    test = [picture for picture in download.images if part_of(picture) == "test"]
    if not train:
        train = [picture for picture in download.images if part_of(picture) == ""]
    return _classified(download, roles, _classes(download, roles, train), valid, test, options)


def _without_masks(found: Inspection, pairs: Pairs | None) -> Inspection:
    """Say that masks which are images are not read, where a table has what is to be predicted."""
    if pairs is None:
        return found
    warning = f"{len(pairs.train):,} images are masks of others, by their folders or names: they are not read"
    masks = {"mask_folders": pairs.folders, "mask_suffix": pairs.suffix}
    return replace(found, source={**found.source, **masks}, warnings=(*found.warnings, warning))


def _table_has_target(roles: Roles) -> bool:
    """Whether the training table, and not only images, shows what is to be predicted."""
    train, sample = roles.training, roles.sample
    if sample is not None and len(sample.names) > 1 and all(name in train.names for name in sample.names[1:]):
        return True
    return any(is_rle(name, count_cells(train[name])) for name in train.names)


def _classes(download: Download, roles: Roles, train: Sequence[Picture]) -> ImageClasses:
    found = folder_classes(train)
    if found:
        inside = all(part_of(picture) == "train" for picture in train)
        sure: Confidence = "certain" if inside else "unclear" if download.others else "likely"
        reason = "the folders in the training part" if inside else "folders hold images and are called like no part"
        return ImageClasses("folders", found, Fact("layout", "one folder per class", sure, reason))
    found = name_classes(train)
    if found:
        single = all(len(name) == 1 for name in found)
        reason = "every name begins with one of them and ends with a number"
        fact = Fact("layout", "classes by the names of files", "unclear" if single else "likely", reason)
        return ImageClasses("names", found, fact)
    refuse_rows_of_classes(download, roles)
    refuse_annotations(download)
    refuse_lone_masks(download)
    tables = ", ".join(table.path.name for table in (roles.train, *roles.others) if table is not None)
    raise DataError(
        "no labels are found for these images",
        expected="one folder per class, a table whose cells name the images, names such as cat.1.jpg, or masks",
        found=f"{len(download.images):,} images such as {', '.join(str(p.name) for p in download.images[:3])}"
        + (f"; tables {tables} name none of them" if tables else ""),
        where=download.folder,
    )


def _classified(
    download: Download,
    roles: Roles,
    labels: ImageClasses,
    valid: Sequence[Picture],
    test: Sequence[Picture],
    options: Options,
) -> Inspection:
    """Images whose class is known by folder or name."""
    counts = {name: len(pictures) for name, pictures in labels.classes.items()}
    classes = order_classes(counts, options.positive)
    binary = len(classes) == 2
    shown = ", ".join(classes[:8]) + (", ..." if len(classes) > 8 else "")
    kind = TargetKind("binary" if binary else "classes", (), classes, all(map(str.isdigit, classes)), counts)
    train = [picture for pictures in labels.classes.values() for picture in pictures]
    sizes = read_sizes(train)
    ids = _test_ids(roles.sample, test)
    id, warnings = ids.column, list(ids.column.warnings)
    targets = _targets(roles.sample, counts, id)
    submission, submission_facts = find_submission(roles.sample, id, targets, kind, options.metric)
    metric, metric_fact = choose_metric(options.metric, kind.kind, submission.labels, ranks=submission.ranks)
    labelled_test = labels.how == "folders" and bool(folder_classes(test))
    if labelled_test:
        warnings.append("the test part is in folders of classes too: these are not read")
    facts = [*sample_facts(roles, len(train), len(valid), len(test)), labels.fact]
    facts += [Fact("images", sizes.words, "certain", "headers of up to 200 images"), id.fact]
    facts += [
        Fact("kind", "two classes" if binary else f"{len(classes)} classes", "certain", "counted"),
        class_fact(classes, shown, binary=binary, positive=options.positive),
        balance_fact({name: counts[name] for name in classes}),
        *submission_facts,
        metric_fact,
        *([Fact("held out", f"{len(valid):,} images", "likely", "a folder called validation")] if valid else []),
    ]
    warnings += list(sizes.damaged)
    return Inspection(
        layout="images",
        kind=kind.kind,
        targets=("class",),
        classes=tuple(name for name, _ in targets.class_columns) or classes,
        numeric_classes=kind.numeric,
        id=None,
        first_id=0,
        columns=(),
        submission=submission,
        metric=metric,
        group=None,
        time=None,
        source={
            "how": labels.how,
            "sample": roles.sample.path.name if roles.sample else "",
            "side": input_side(sizes),
            "train_folders": part_folders(download.images, "train"),
            "valid_folders": part_folders(download.images, "valid"),
            "test_folders": part_folders(download.images, "test"),
            "valid": bool(valid),
            "suffixes": suffixes_of(download.images),
            "form": ids.form,
            "depth": ids.depth,
            "mirror": not sizes.grey,
            "photographs": not sizes.grey and sizes.middle >= 64,
        },
        counts={"train": len(train), "valid": len(valid), "test": len(test)},
        balance=counts,
        facts=tuple(facts),
        warnings=tuple(warnings),
    )


def _targets(sample: SourceTable | None, counts: Mapping[str, int], id: IdColumn) -> Targets:
    """The target is the class; the sample submission may have a column for each."""
    columns = [name for name in sample.names if name != id.written] if sample is not None else []
    pairs = match_classes(Cells(counts, {}), columns)
    name = columns[0] if len(columns) == 1 else "label"
    return Targets((name,), Fact("target", "class", "certain", "by the images"), pairs)


@dataclass(frozen=True)
class TestIds:
    """How a submission names test images: by "stem", "name", "path", or the last ``depth`` parts of the "path"."""

    column: IdColumn
    form: str
    depth: int = 0


def _test_ids(sample: SourceTable | None, test: Sequence[Picture]) -> TestIds:
    """How a submission names test images: the sample submission shows it. Raises DataError if it names no image."""
    if sample is None:
        stems = [picture.name.stem for picture in test]
        form = "path" if len(set(stems)) < len(stems) else "stem"
        fact = Fact("id", FORMS[form], "unclear", "there is no sample submission")
        return TestIds(IdColumn(None, "id", 0, True, fact), form)
    written, ids = sample.names[0], sample[sample.names[0]].tolist()
    depth = max((id.count("/") for id in ids), default=0) + 1
    for form in ("stem", "name", "path"):
        found = {_test_name(picture, form, depth) for picture in test}
        missing = [id for id in ids if id not in found]
        if len(missing) <= 0.5 * len(ids):
            warnings = []
            if missing:
                warnings.append(f"{len(missing):,} ids of {sample.path.name} have no image, such as {missing[0]!r}")
            if extra := len(found - set(ids)):
                warnings.append(f"{extra:,} test images are not in {sample.path.name}")
            fact = Fact("id", FORMS[form], "certain", f"column {written!r} of {sample.path.name}")
            column = IdColumn(None, written, 0, ids_are_text(ids), fact, tuple(warnings))
            return TestIds(column, form, depth)
    raise DataError(
        "the sample submission's ids are not the names of test images",
        expected=f"names such as {test[0].name}" if test else "images in a folder called test",
        found=f"{ids[0] if ids else None!r}",
        where=sample.path,
    )


def _test_name(picture: Picture, form: str, depth: int) -> str:
    names = {"stem": picture.name.stem, "name": picture.name.name, "path": "/".join(picture.name.parts[-depth:])}
    return names[form]


def sample_facts(roles: Roles, train: int, valid: int, test: int) -> list[Fact]:
    """The lines about tables and the numbers of images."""
    facts = [fact for fact in table_facts(roles) if fact.value != "none"]
    parts = f"{train:,} to train on" + (f", {valid:,} for validation" if valid else "")
    parts += f", {test:,} to predict" if test else "; none to predict"
    return [*facts, Fact("samples", parts, "certain", "by the names of folders")]
