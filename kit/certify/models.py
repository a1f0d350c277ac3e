"""The law of further models: what a user may name with ``--model`` trains and is loaded again."""

from __future__ import annotations

from dataclasses import replace

from kit.certify.context import Context, Law, Violation, require
from kit.certify.training import require_finite, require_loads_back, train_here
from kit.errors import KitError
from kit.models.pretrained import default_model, is_available


def other_models_train(context: Context) -> str | None:
    """Train every model but the default one for a short epoch: finite numbers, the same predictions after loading."""
    task = context.task
    first, _ = default_model(task)
    others = [name for name in task.models if name != first]
    if not others:
        return "the task has one model"
    able = [name for name in others if all(map(is_available, task.model(name)[1].pretrained))]
    if not able:
        return f"the weights that {', '.join(others)} need are not installed"
    broken = {name: reason for name in able if (reason := _broken(context, name))}
    require(not broken, "\n".join(f"model {name!r}: {reason}" for name, reason in broken.items()))
    return None


def _broken(context: Context, name: str) -> str:
    """How a model breaks the law; empty if it does not."""
    task = replace(context.task, config=replace(context.task.config, model=name))
    own = replace(context, task=task, work=context.work / name)
    try:
        run = train_here(own, "run")
        require_finite(run)
        require_loads_back(own, run)
    except (Violation, KitError) as error:
        return str(error)
    return ""


MODELS = Law("every other model trains and loads back to identical predictions", other_models_train)
