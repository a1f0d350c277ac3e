"""Contests of images that are recognised and not supported: boxes of objects, and masks of several classes in rows."""

from __future__ import annotations

import re

from kit.errors import DataError
from kit.inspection.files import Download
from kit.inspection.masks import is_mask
from kit.inspection.roles import Roles

EXAMPLE = "kit new-task NAME writes an example plugin to be changed by hand"
BOX = re.compile(r"(?<![a-z])(?:bbox(?:es)?|boxes|bounding_?box(?:es)?|x_?min|predictionstring)(?![a-z])", re.I)
ANNOTATIONS = (".xml", ".json", ".txt")


def refuse_boxes(roles: Roles) -> None:
    """Raise DataError where tables ask for boxes: a column of them, and images that have several rows or none."""
    for table in (roles.sample, roles.train):
        found = [name for name in table.names if BOX.search(name)] if table is not None else []
        if table is None or not found:
            continue
        if table is roles.sample or table[table.names[0]].duplicated().any():
            raise DataError("boxes of objects are not supported", found=found[0], where=table.path, remedy=EXAMPLE)


def refuse_rows_of_classes(download: Download, roles: Roles) -> None:
    """Raise DataError where a row stands for an image and a class, such as 0011165.jpg_Fish."""
    train = roles.train
    if train is None:
        return
    names = {picture.name.name for picture in download.images} | {picture.name.stem for picture in download.images}
    for column in train.names:
        cells = train[column].head(20).tolist()
        parts = [cell.rpartition("_") for cell in cells]
        if cells and all(image in names and label for image, _, label in parts):
            raise DataError(
                "rows of an image and a class together are not supported",
                expected="one row per image",
                found=f"{cells[0]!r} in column {column!r}",
                where=train.path,
                remedy="keep the rows of one class in a copy of the tables, and only the image's name in this column",
            )


def refuse_annotations(download: Download) -> None:
    """Raise DataError where files of annotations lie beside the images, as YOLO, VOC and COCO have them."""
    stems = {picture.name.stem for picture in download.images}
    found = [
        path
        for path in download.others
        if path.suffix.lower() in ANNOTATIONS and (path.stem in stems or path.parent.name.lower() == "annotations")
    ]
    if found:
        raise DataError("boxes of objects are not supported", found=found[0].name, where=found[0], remedy=EXAMPLE)


def refuse_lone_masks(download: Download) -> None:
    """Raise DataError where masks have other names than images, as several masks of one image have."""
    masks = [picture for picture in download.images if is_mask(picture)]
    if masks:
        raise DataError(
            "no mask has the name of an image",
            expected="one mask per image, of the same name",
            found=f"{len(masks):,} masks such as {masks[0].name}",
            where=download.folder,
            remedy="join the masks of each image into one that has its name, in a copy of the folder",
        )
