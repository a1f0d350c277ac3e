"""Pairs of image and mask: in two folders, or in one where a mask's name ends with a word such as "mask" or "anno"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import DataError
from kit.inspection.files import Download, Picture
from kit.inspection.findings import Fact, Inspection, SubmissionColumn, SubmissionShape
from kit.inspection.mask_values import read_values
from kit.inspection.metric_names import choose_metric
from kit.inspection.options import Options
from kit.inspection.picture_parts import part_of, part_word, read_sizes, suffixes_of
from kit.inspection.roles import Roles
from kit.inspection.submissions import delimiter_of
from kit.inspection.tables import SourceTable
from kit.inspection.tabular import table_facts

WORD = r"(?:masks?|labels?|gts?|ground[_ -]?truths?|annotations?|annos?|seg(?:mentation)?s?|segmentationclass)"
MASK_FOLDER = re.compile(rf"(?:(?:train|test|val)[a-z]*[_ -]?)?{WORD}(?:[_ -]?(?:train|test|val)[a-z]*)?\Z", re.I)
MASK_SUFFIX = re.compile(rf"[_ .-]?(?<![a-z]){WORD}\Z", re.I)
PATIENT = re.compile(r"patient|subject|slide|case", re.I)
FEWEST = 0.5  # of the images must have a mask


@dataclass(frozen=True)
class Pairs:
    """Training images with their masks, test images, and how masks are named."""

    train: Sequence[tuple[Picture, Picture]]
    test: Sequence[Picture]
    alone: Sequence[Picture]
    """Training images without a mask."""
    test_masks: int
    suffix: str
    """What a mask's name has behind its image's; empty where masks have a folder of their own."""
    folders: tuple[str, ...]
    """The folders that hold masks alone."""


def find_pairs(pictures: Sequence[Picture]) -> Pairs | None:
    """Pair images with masks of the same name and part; None unless half of the training images have one."""
    masks = {_key(picture): picture for picture in pictures if is_mask(picture)}
    images = [picture for picture in pictures if not is_mask(picture)]
    if not masks or not images:
        return None
    train = [picture for picture in images if part(picture) != "test"]
    test = [picture for picture in images if part(picture) == "test"]
    if not any(_key(picture) in masks for picture in train):
        return None
    paired = [(picture, masks[_key(picture)]) for picture in train if _key(picture) in masks]
    if len(paired) < FEWEST * len(train):
        return None
    alone = [picture for picture in train if _key(picture) not in masks]
    suffixes = {mask.name.stem[len(image.name.stem) :] for image, mask in paired}
    in_test = sum(_key(picture) in masks for picture in test)
    suffix = min(suffixes) if len(suffixes) == 1 else ""
    folders = {folder for _, mask in paired for folder in mask.folders[-2:] if MASK_FOLDER.match(folder)}
    return Pairs(paired, test, alone, in_test, suffix, tuple(sorted(folders)))


def is_mask(picture: Picture) -> bool:
    """Whether an image's folder or the end of its name says that it is a mask."""
    if any(MASK_FOLDER.match(folder) for folder in picture.folders[-2:]):
        return True
    return bool(MASK_SUFFIX.search(picture.name.stem)) and not MASK_SUFFIX.fullmatch(picture.name.stem)


def part(picture: Picture) -> str:
    """The part that an image's folders name, or else the beginning of its own name."""
    return part_of(picture) or part_word(picture.name.stem.split("_")[0])


def inspect_pairs(download: Download, roles: Roles, pairs: Pairs, options: Options) -> Inspection:
    """Inspect a contest of images and masks."""
    options.refuse_others("images with masks", "metric", "group", "kind")
    sizes = read_sizes([image for image, _ in pairs.train])
    values = read_values(pairs.train)
    metric, metric_fact = choose_metric(options.metric, "masks", "rle")
    group, group_facts, group_table = _group(roles, [image for image, _ in pairs.train], options.group)
    submission, submission_facts = _submission(roles.sample)
    parts = f"{len(pairs.train):,} with a mask, {len(pairs.test):,} to predict"
    named = f"their names end with {pairs.suffix!r}" if pairs.suffix else "masks have a folder of their own"
    facts = [
        *[fact for fact in table_facts(Roles(None, None, roles.sample)) if fact.value != "none"],
        Fact("layout", "pairs of image and mask", "certain", named),
        Fact("samples", parts, "certain", "by the names of folders and files"),
        Fact("images", sizes.words, "certain", "headers of up to 200 images"),
        Fact("kind", "masks", "certain", "one mask per image", "--kind"),
        values.fact,
        *submission_facts,
        metric_fact,
        *group_facts,
    ]
    warnings = list(sizes.damaged)
    if pairs.alone:
        warnings.append(f"{len(pairs.alone):,} images have no mask, such as {pairs.alone[0].name}: not trained on")
    if pairs.test_masks:
        warnings.append(f"{pairs.test_masks:,} test images have masks too: these are not read")
    return Inspection(
        layout="masks",
        kind="masks",
        targets=("mask",),
        classes=("background", "foreground"),
        numeric_classes=False,
        id=None,
        first_id=0,
        columns=(),
        submission=submission,
        metric=metric,
        group=group,
        time=None,
        source={
            "how": "pairs",
            "sample": roles.sample.path.name if roles.sample else "",
            "order": "F",
            "start": 1,
            "suffix": pairs.suffix,
            "mask_folders": pairs.folders,
            "test_folders": (),
            "suffixes": suffixes_of(download.images),
            "form": "stem",
            "threshold": values.threshold,
            "side": mask_side(sizes.middle),
            "group_table": {name: group_table[name] for name in group_table if name != "form"},
            "forms": {group_table["table"]: group_table["form"]} if group_table else {},
        },
        counts={"train": len(pairs.train), "test": len(pairs.test)},
        balance={},
        facts=tuple(facts),
        warnings=tuple(warnings),
    )


def mask_side(middle: int) -> int:
    """The side that images are resized to for the network: a multiple of 16, at most 128."""
    return max(32, min(128, middle // 16 * 16))


def _key(picture: Picture) -> tuple[str, str]:
    return part(picture), MASK_SUFFIX.sub("", picture.name.stem).lower()


def _submission(sample: SourceTable | None) -> tuple[SubmissionShape, list[Fact]]:
    names = sample.names if sample is not None else ["id", "rle"]
    if len(names) != 2:
        raise DataError(
            "the sample submission has columns that are not understood",
            expected="an id and a run-length encoded mask",
            found=", ".join(names),
            where=sample.path if sample else None,
        )
    columns = (
        SubmissionColumn(names[0], "text"),
        SubmissionColumn(names[1], "text", meaning="run-length encoded mask"),
    )
    encoding = {"order": "F", "start": 1}
    shape = SubmissionShape(
        columns, "rle", sample.path.name if sample else "", delimiter=delimiter_of(sample), encoding=encoding
    )
    if sample is None:
        reason = "there is no sample submission: the kit's own form"
    else:
        reason = f"the columns of {sample.path.name}"
    facts = [
        Fact("submission", ", ".join(names), "certain" if sample else "unclear", reason),
        Fact("encoding", "down the columns, from 1", "unclear", "Kaggle's usual one; no file shows it"),
    ]
    return shape, facts


def _group(roles: Roles, pictures: Sequence[Picture], given: str) -> tuple[str | None, list[Fact], Mapping[str, Any]]:
    """A column such as the patient, in a table that names the images."""
    for table in (roles.train, *roles.others):
        column = next((name for name in table.names if _names_images(table, name, pictures)), "") if table else ""
        if table is None or not column:
            continue
        where: Mapping[str, Any] = {"table": table.path.name, "image": column, "form": table.form}
        for name in table.names:
            if name == given or (not given and PATIENT.search(name) and name != column):
                value = f"{name} of {table.path.name}: {table[name].nunique():,} values"
                sure = "given" if given else "likely"
                return name, [Fact("group", value, sure, "its images stay together", "--group")], where  # type: ignore[arg-type]
    if given:
        raise DataError("--group names no column of a table that names the images", found=given)
    return None, [Fact("group", "none", "unclear", "no table says which images belong together", "--group")], {}


def _names_images(table: SourceTable, column: str, pictures: Sequence[Picture]) -> bool:
    cells = set(table[column])
    return all(picture.name.stem in cells or picture.name.name in cells for picture in pictures)
