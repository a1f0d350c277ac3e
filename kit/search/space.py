"""Which values of which settings are searched: ``low..high``, or choices separated by commas."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from kit.contract.config import TrainConfig
from kit.contract.settings import check_ranges, parse
from kit.contract.task import Task
from kit.errors import KitError

MOST_LISTED = 10_000
LARGEST = 2**53  # whole numbers up to here are exact
LOGARITHMIC = 10  # a range whose ends are a factor of ten apart is searched on a logarithmic scale
PATHS = ("pretrained", "pseudo", "extra")
NOT_SEARCHED = (*PATHS, "seed", "split_seed", "folds", "valid_fraction", "device", "workers", "skip_bad")


@dataclasses.dataclass(frozen=True)
class Span:
    """Numbers from ``low`` to ``high``, both included."""

    low: float
    high: float
    whole: bool

    @property
    def logarithmic(self) -> bool:
        """Whether the logarithm is drawn evenly."""
        return self.low > 0 and self.high >= LOGARITHMIC * self.low

    def holds(self, value: Any) -> bool:
        """Whether a value is in the range."""
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclasses.dataclass(frozen=True)
class Choices:
    """A few values."""

    values: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        """Whether a value is one of them."""
        return value in self.values


Space = Mapping[str, Span | Choices]


def searched(name: str, text: str) -> bool:
    """Whether the value of a setting describes several: ``1e-4..1e-2`` or ``adam,sgd``. A path may hold both."""
    return name not in PATHS and (".." in text or "," in text)


def parse_space(task: Task, texts: Mapping[str, str]) -> dict[str, Span | Choices]:
    """Turn the texts of settings into ranges and choices. Raises KitError for one that cannot be searched.

    Settings that change what a score is measured on, or where, are refused.
    """
    if not texts:
        raise KitError(
            f"task {task.name!r} declares no settings to search",
            remedy="--set learning_rate=1e-4..1e-2 --set optimizer=adamw,sgd",
        )
    return {name: _parse(task, name, text) for name, text in texts.items()}


def _parse(task: Task, name: str, text: str) -> Span | Choices:
    if name in NOT_SEARCHED or name == "model":
        remedy = "kit compare TASK --models A,B" if name == "model" else f"--set {name}=VALUE, one value"
        raise KitError(f"setting {name!r} is not searched", found=text, remedy=remedy)
    low, dots, high = (part.strip() for part in text.partition(".."))
    if not dots:
        choices = tuple(_value(task, name, part.strip()) for part in text.split(","))
        if len(set(choices)) < len(choices):
            raise KitError(f"setting {name!r} names a value twice", found=text)
        return Choices(choices)
    if high.startswith("."):
        raise KitError(f"setting {name!r} has no such range", expected="low..high, with two dots", found=text)
    ends = _value(task, name, low), _value(task, name, high)
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends)
    if not numbers or ends[0] >= ends[1] or max(map(abs, ends)) > LARGEST:
        raise KitError(f"setting {name!r} has no such range", expected="low..high, two numbers", found=text)
    return Span(*ends, whole=all(isinstance(end, int) for end in ends))


def _value(task: Task, name: str, text: str) -> Any:
    value = parse(task, name, text)
    check_ranges(dataclasses.replace(task.config, **{name: value}))
    return value


def combinations(space: Space) -> list[dict[str, Any]]:
    """Every combination of values, where there are at most ``MOST_LISTED``; empty if there are more."""
    values: list[Sequence[Any]] = []
    for each in space.values():
        if not isinstance(each, Span):
            values.append(each.values)
        elif each.whole:
            values.append(range(int(each.low), int(each.high) + 1))
        else:
            return []
    if math.prod(map(len, values)) > MOST_LISTED:
        return []
    return [dict(zip(space, chosen, strict=True)) for chosen in itertools.product(*values)]


def default_values(space: Space, config: TrainConfig) -> dict[str, Any] | None:
    """The configuration's own values of the searched settings, None if one is outside of the space."""
    values = {name: getattr(config, name) for name in space}
    return values if all(space[name].holds(value) for name, value in values.items()) else None
