"""Which model a run trains by default, and which pretrained weights it builds on."""

from __future__ import annotations

from kit.contract.task import Task
from kit.models.pretrained.catalogue import EXTRA
from kit.models.pretrained.weights import is_available


def default_model(task: Task) -> tuple[str, str]:
    """Return the name of a task's default model, and a warning where it is not the declared one.

    A model whose pretrained weights are not installed is passed over for the next one that needs none.
    """
    declared, model = task.model(task.config.model)
    missing = [name for name in model.pretrained if not is_available(name)]
    if not missing:
        return declared, ""
    name = next((name for name in task.models if not task.model(name)[1].pretrained), declared)
    reason = f"model {declared!r} needs pretrained weights ({', '.join(missing)})"
    return name, f"{reason}; {name!r} is used instead. Install them: pip install 'contest-kit[{EXTRA}]'"
