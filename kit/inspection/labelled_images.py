"""Images that a table names: with a class, labels, numbers or a run-length encoded mask a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kit.blocks.image_names import path_ends
from kit.errors import DataError
from kit.inspection.columns import Cells, count_cells
from kit.inspection.files import Download, Picture
from kit.inspection.findings import Fact, Inspection, SubmissionShape
from kit.inspection.grouping import find_group
from kit.inspection.ids import IdColumn, ids_are_text
from kit.inspection.masks import mask_side
from kit.inspection.metric_names import choose_metric
from kit.inspection.options import Options
from kit.inspection.picture_parts import input_side, part_folders, part_of, read_sizes, suffixes_of
from kit.inspection.preparation import Prepared
from kit.inspection.roles import Roles
from kit.inspection.run_lengths import RunLengths, find_encoding
from kit.inspection.submissions import delimiter_of, find_submission
from kit.inspection.tables import SourceTable
from kit.inspection.tabular import classes_in_order, table_facts, table_source, target_kind, warn_of_rows
from kit.inspection.targets import Targets, find_targets

FEWEST = 0.5  # of a column's cells must name an image


@dataclass(frozen=True)
class ImageColumn:
    """The column that names images, by their file names or without the suffix ("stem")."""

    name: str
    form: str
    pictures: Mapping[str, Picture]
    """Every image by the name that a cell may hold; those of the training part come before others."""


def find_image_table(table: SourceTable, pictures: Sequence[Picture]) -> ImageColumn | None:
    """Find the column of a table whose cells name images; None if there is none."""
    best: tuple[int, ImageColumn] | None = None
    ordered = sorted(pictures, key=lambda picture: part_of(picture) != "test")
    for form in ("name", "stem", "path"):
        named = {key: picture for picture in ordered for key in _keys(picture, form)}
        for column in table.names:
            cells = set(table[column])
            found = len(cells & named.keys())  # the most count: images called 0 and 1 are labels of others
            if len(cells) > 1 and found >= FEWEST * len(cells) and (best is None or found > best[0]):
                best = found, ImageColumn(column, form, named)
    return best[1] if best else None


def _keys(picture: Picture, form: str) -> list[str]:
    """The names by which a cell may mean an image; of a path also its last parts."""
    if form != "path":
        return [_named(picture, form)]
    return path_ends(picture.name)


def _named(picture: Picture, form: str) -> str:
    return {"name": picture.name.name, "stem": picture.name.stem, "path": str(picture.name)}[form]


def inspect_labelled(download: Download, divided: Prepared, column: ImageColumn, options: Options) -> Inspection:
    """Inspect a contest whose training table names images."""
    roles = divided.roles
    options.refuse_others("images in a table", "target", "metric", "group", "kind", "positive")
    train = roles.training
    cells = {name: count_cells(train[name]) for name in train.names}
    id, id_warnings = _id(roles, column)
    targets = _image_targets(roles, id, cells, options)
    targets, kind = target_kind(roles, targets, cells, options)
    pictures = _train_pictures(train, column)
    test, test_warnings = _test_pictures(download, roles, column, set(train[column.name]))
    sizes = read_sizes(pictures)
    lengths = None
    if kind.kind == "masks":
        lengths = find_encoding(train, column.name, targets.names[0], column.pictures)
        submission, submission_facts = _mask_submission(roles, id, targets, lengths)
    else:
        submission, facts = find_submission(roles.sample, id, targets, kind, options.metric)
        submission_facts = list(facts)
    metric, metric_fact = choose_metric(
        options.metric, kind.kind, submission.labels, skewed=kind.skewed, ranks=submission.ranks, low=kind.low
    )
    used = {n: c for n, c in cells.items() if n not in (column.name, *targets.names)}
    group, group_facts = find_group(replace(roles, test=roles.test), used, options.group)
    named = {"name": "file names", "stem": "file names without suffix", "path": "paths"}[column.form]
    layout = f"images named in {train.path.name}"
    counted = f"{len(pictures):,} to train on, {len(test):,} to predict"
    facts = (
        *[fact for fact in table_facts(roles) if fact.value != "none"],
        *divided.facts,
        Fact("layout", layout, "certain", f"cells of {column.name!r} are {named}"),
        Fact("samples", counted, "certain", "by the tables and the names of folders"),
        Fact("images", sizes.words, "certain", "headers of up to 200 images"),
        id.fact,
        targets.fact,
        *kind.facts,
        *(lengths.facts if lengths else ()),
        *submission_facts,
        metric_fact,
        *group_facts,
    )
    warnings = [*id_warnings, *targets.warnings, *warn_of_rows(roles, targets), *test_warnings, *sizes.damaged]
    unused = [name for name in used if name != group]
    if unused:
        warnings.append(f"columns of {train.path.name} that are not used: {', '.join(unused)[:200]}")
    if lengths and train[column.name].duplicated().any():
        warnings.append(f"images have several rows in {train.path.name}: their masks are joined, one row per image")
    side = mask_side(sizes.middle) if lengths else input_side(sizes)
    return Inspection(
        layout="masks" if lengths else "images",
        kind=kind.kind,
        targets=targets.names,
        classes=classes_in_order(kind, targets),
        numeric_classes=kind.numeric,
        id=column.name,
        first_id=0,
        columns=(),
        submission=submission,
        metric=metric,
        group=group,
        time=None,
        source={
            "how": "rle" if lengths else "table",
            **table_source(roles),
            "part_column": divided.part_column,
            "test_values": divided.test_values,
            "image": column.name,
            "suffixes": suffixes_of(download.images),
            "form": column.form,
            "side": side,
            "one_hot": kind.one_hot,
            "separator": kind.separator,
            "commas": any(cells[name].commas for name in targets.names),
            "mask_folders": (),
            "mask_suffix": "",
            "test_folders": part_folders(download.images, "test"),
            "written": id.written,
            "order": lengths.order if lengths else "",
            "start": lengths.start if lengths else 1,
            "mirror": not sizes.grey,
            "photographs": not sizes.grey and sizes.middle >= 64,
        },
        counts={"train": len(pictures), "test": len(test)},
        balance=kind.balance or {},
        facts=facts,
        warnings=tuple(warnings),
        scales=kind.scales,
        missing_targets=kind.missing,
        repeated_ids=bool(train[column.name].duplicated().any()),
    )


def _id(roles: Roles, column: ImageColumn) -> tuple[IdColumn, list[str]]:
    written = roles.sample.names[0] if roles.sample else column.name
    values = (roles.sample[written] if roles.sample else roles.train[column.name]).tolist()  # type: ignore[index]
    where = f"the first column of {roles.sample.path.name}" if roles.sample else f"the column {column.name!r}"
    fact = Fact("id", written, "certain" if roles.sample else "likely", where)
    return IdColumn(column.name, written, 0, ids_are_text(values), fact), []


def _image_targets(roles: Roles, id: IdColumn, cells: Mapping[str, Cells], options: Options) -> Targets:
    """The targets; without a sample submission, columns of 0 and 1 only are labels of their own."""
    others = [name for name in cells if name != id.name]
    flags = [name for name in others if set(cells[name].counts) <= {"0", "1", "0.0", "1.0"}]
    if roles.sample is None and not options.target and len(flags) == len(others) > 1:
        reason = "every other column holds 0 and 1; there is no sample submission"
        return Targets(tuple(flags), Fact("target", ", ".join(flags), "likely", reason, "--target"))
    return find_targets(roles, id, options.target)


def _train_pictures(train: SourceTable, column: ImageColumn) -> list[Picture]:
    names = list(dict.fromkeys(train[column.name]))
    missing = [name for name in names if name not in column.pictures]
    if missing:
        raise DataError(
            "images that the table names are missing",
            expected=f"{len(names):,} images",
            found=f"{len(missing):,} are missing, such as {missing[0]!r}",
            where=f"{train.path}, column {column.name!r}",
            remedy="download them, or leave these rows out of the table",
        )
    return [column.pictures[name] for name in names]


def _test_pictures(
    download: Download, roles: Roles, column: ImageColumn, trained: set[str]
) -> tuple[list[Picture], list[str]]:
    """The test images: of the test table, else of the sample submission, else of folders called test."""
    test = {
        key: picture for picture in download.images if part_of(picture) == "test" for key in _keys(picture, column.form)
    } or column.pictures
    ids = None
    if roles.test is not None and column.name in roles.test.names:
        ids, source = roles.test[column.name].tolist(), roles.test
    elif roles.sample is not None:
        ids, source = list(dict.fromkeys(roles.sample[roles.sample.names[0]])), roles.sample
    if ids is None:
        rest = [p for name, p in test.items() if name not in trained or test is not column.pictures]
        return rest, ["there is no sample submission: every image in a test folder is predicted"] if rest else []
    by_stem = {picture.name.stem: picture for picture in test.values()}
    found = [test.get(id) or by_stem.get(id) for id in ids]
    missing = [id for id, picture in zip(ids, found, strict=True) if picture is None]
    if missing:
        raise DataError(
            "images of the test part are missing",
            expected=f"{len(ids):,} images",
            found=f"{len(missing):,} are missing, such as {missing[0]!r}",
            where=source.path,
            remedy="download them",
        )
    return [picture for picture in found if picture is not None], []


def _mask_submission(
    roles: Roles, id: IdColumn, targets: Targets, lengths: RunLengths
) -> tuple[SubmissionShape, list[Fact]]:
    from kit.inspection.findings import SubmissionColumn

    names = roles.sample.names if roles.sample else [id.written, targets.names[0]]
    if len(names) != 2:
        raise DataError(
            "the sample submission has columns that are not understood",
            expected="an id and a run-length encoded mask",
            found=", ".join(names),
            where=roles.sample.path if roles.sample else None,
        )
    columns = (
        SubmissionColumn(names[0], "text"),
        SubmissionColumn(names[1], "text", meaning="run-length encoded mask"),
    )
    source = roles.sample.path.name if roles.sample else ""
    encoding = {"order": lengths.order, "start": lengths.start}
    shape = SubmissionShape(
        columns, "rle", source, delimiter=delimiter_of(roles.sample), blank=lengths.blank, encoding=encoding
    )
    sure = "certain" if source else "unclear"
    reason = f"the columns of {source}" if source else "there is no sample submission: as the training table"
    return shape, [Fact("submission", ", ".join(names), sure, reason)]  # type: ignore[arg-type]
