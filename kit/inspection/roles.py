"""Which table is the training part, which the test part, and which shows how a submission looks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from kit.blocks.records import RECORDS
from kit.errors import DataError
from kit.inspection.joined_tables import join_tables
from kit.inspection.tables import SUFFIXES, TEXTS, SourceTable

SAMPLE_WORDS = re.compile(r"sample|example|gender_|submi|entry|提交|样例|示例|示范", re.I)
TRAIN = re.compile(r"(?<![a-z])train|^labels?$|训练|^标签$", re.I)
TEST = re.compile(r"(?<![a-z])test|测试|待预测", re.I)
ANSWERS = re.compile(r"answers?|solution|truth|答案", re.I)


@dataclass(frozen=True)
class Roles:
    """The tables by what they are for; the others are not used."""

    train: SourceTable | None
    test: SourceTable | None
    sample: SourceTable | None
    others: tuple[SourceTable, ...] = ()
    joined: tuple[SourceTable, ...] = ()
    """Further tables of the training part, whose columns ``train`` holds too, joined by the columns ``keys``."""
    keys: tuple[str, ...] = ()

    @property
    def training(self) -> SourceTable:
        """The training table. Raises DataError if there is none."""
        if self.train is None:
            raise DataError("there is no training table", expected="train.csv")
        return self.train


def stem(path: PurePath) -> str:
    """A table's name without its suffixes.

    >>> stem(PurePath("train.csv.gz"))
    'train'
    """
    name = path.name
    for suffix in sorted((*SUFFIXES, *TEXTS, *RECORDS), key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return path.stem


def has_role(path: PurePath) -> bool:
    """Whether a table's name says what it is for."""
    return any(pattern.search(stem(path)) for pattern in (TRAIN, TEST, SAMPLE_WORDS, ANSWERS))


def is_answers(path: PurePath) -> bool:
    """Whether a table's name says that it holds the answers, which are never read."""
    return bool(ANSWERS.search(stem(path)))


def find_roles(tables: Sequence[SourceTable]) -> Roles:
    """Find the tables' roles by their names, as Kaggle and its users choose them. Raises DataError for rivals."""
    left = [table for table in tables if not is_answers(table.path)]
    others = [table for table in tables if is_answers(table.path)]
    sample = _only([table for table in left if _is_sample(table)], "sample submission")
    left = [table for table in left if not _is_sample(table)]
    tests = _preferred([table for table in left if _is_test(table)], "test")
    test = _only(_asked_for(tests, sample), "test part")
    trains = [table for table in left if not _is_test(table) and TRAIN.search(stem(table.path))]
    joined = join_tables(trains, test) if _lacks_target(_preferred(trains, "train"), test) else None
    if joined:
        rest = [table for table in left if table not in trains and table is not test]
        return Roles(joined.train, test, sample, (*others, *rest), joined.others, joined.keys)
    train = _only(_partners(_preferred(trains, "train"), test), "training part")
    rest = [table for table in left if table is not train and table is not test]
    if train is None and len(rest) == 1:
        train, rest = rest[0], []
    return Roles(train, test, sample, (*others, *rest))


def _lacks_target(trains: list[SourceTable], test: SourceTable | None) -> bool:
    """Whether the training part is in several tables, or in one that has no more columns than the test part."""
    if len(trains) > 1:
        return not all(table.frame.equals(trains[0].frame) for table in trains)
    return bool(trains) and test is not None and set(trains[0].names) <= set(test.names)


def _is_sample(table: SourceTable) -> bool:
    return bool(SAMPLE_WORDS.search(stem(table.path)))


def _is_test(table: SourceTable) -> bool:
    name = stem(table.path)
    return bool(TEST.search(name)) and not TRAIN.search(name)


def _preferred(tables: list[SourceTable], name: str) -> list[SourceTable]:
    """The tables called just ``name``, if there are any."""
    exact = [table for table in tables if stem(table.path).lower() == name]
    return exact or tables


def _asked_for(tests: list[SourceTable], sample: SourceTable | None) -> list[SourceTable]:
    """Of several test tables those that hold every id of the sample submission, if there are any."""
    if sample is None or len(tests) < 2:
        return tests
    ids = set(sample[sample.names[0]])
    whole = [table for table in tests if any(ids <= set(table[name]) for name in table.names)]
    return whole or tests


def _partners(trains: list[SourceTable], test: SourceTable | None) -> list[SourceTable]:
    """Of several training tables the one called as the test table: train_a.csv beside test_a.csv; else all."""
    if test is None or len(trains) < 2:
        return trains
    name = test.path.name.lower().replace("test", "train")
    return [table for table in trains if table.path.name.lower() == name] or trains


def _only(tables: list[SourceTable], role: str) -> SourceTable | None:
    """The only table of this role; tables of equal content count as one."""
    if len(tables) > 1 and not all(table.frame.equals(tables[0].frame) for table in tables):
        found = ", ".join(str(table.path) for table in tables)
        raise DataError(
            f"there are several tables that may be the {role}",
            found=found,
            remedy="keep one of them, or give them a column of ids in common",
        )
    return tables[0] if tables else None
