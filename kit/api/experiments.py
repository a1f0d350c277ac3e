"""The verbs that take several runs, as functions: comparisons, blends and searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload

from kit.api.arguments import PathLike, RunLike, TaskLike, configured, events_of, find_runs
from kit.api.comparisons import BlendResult, ComparisonResult, ModelsResult, SearchResult
from kit.api.results import RunResult
from kit.api.verbs import load
from kit.errors import KitError


@overload
def compare(
    *names: RunLike, data: PathLike | None = None, models: None = None, plugins: Sequence[PathLike] = ()
) -> ComparisonResult: ...


@overload
def compare(
    *names: TaskLike,
    data: PathLike | None = None,
    models: Sequence[str] | Literal["all"],
    plugins: Sequence[PathLike] = (),
    **settings: Any,
) -> ModelsResult: ...


def compare(
    *names: Any,
    data: PathLike | None = None,
    models: Sequence[str] | Literal["all"] | None = None,
    plugins: Sequence[PathLike] = (),
    **settings: Any,
) -> ComparisonResult | ModelsResult:
    """Compare runs sample by sample on what all of them held out; as ``kit compare RUN RUN``.

    With ``models``, a list of names or ``"all"``, the one argument is a task, whose models are trained with these
    settings on the same folds of ``data``; as ``kit compare TASK --models``. Raises KitError for runs without held-out
    samples in common.
    """
    from kit.experiments import compare_models, compare_trained, model_configs

    if models is None:
        if settings:
            raise KitError("runs that exist are not trained again", found=", ".join(sorted(settings)))
        task, runs = find_runs(names, plugins)
        return ComparisonResult(compare_trained(task, runs, None if data is None else Path(data)))
    if len(names) != 1 or data is None:
        raise KitError("models are trained for one task and its data", expected="compare(task, data=DIR, models=...)")
    task = load(names[0], plugins=plugins)
    every = list(task.models) if models == "all" else [models] if isinstance(models, str) else list(models)
    configs = model_configs(task, every, lambda name: configured(task, {**settings, "model": name}))
    return ModelsResult(task, tuple(compare_models(task, Path(data), configs, events_of(plugins))))


def blend(
    *runs: RunLike,
    data: PathLike | None = None,
    method: str = "greedy",
    force: bool = False,
    plugins: Sequence[PathLike] = (),
) -> BlendResult:
    """Combine what runs have predicted; as ``kit blend``.

    ``method`` is ``greedy``, ``mean``, ``rank``, ``weights`` or ``stack``. The result's ``run`` is None where the blend
    does not beat its best member, unless ``force``. Raises KitError for runs without predictions of the test part.
    """
    from kit.blending import METHODS, write_blend

    if method not in METHODS:
        raise KitError("there is no such way to blend", expected=", ".join(METHODS), found=method)
    task, members = find_runs(runs, plugins)
    folder = Path(members[0].card.data if data is None else data)
    blended, outcome = write_blend(task, members, folder, method, force=force)
    return BlendResult(task, blended, RunResult(outcome.run, task, outcome) if outcome else None)


def tune(
    task: TaskLike,
    data: PathLike,
    *,
    search: Mapping[str, str | Sequence[Any]] | None = None,
    trials: int = 20,
    seconds: float | None = None,
    retrain: int = 2,
    storage: str | None = None,
    plugins: Sequence[PathLike] = (),
    **settings: Any,
) -> SearchResult:
    """Search for better settings, and retrain the winner and the default on other seeds; as ``kit tune``.

    ``search`` holds for each setting a range ``"1e-4..1e-2"`` or a list of choices; without it, what the task declares
    is searched. The same call goes on with a search that was stopped; no trial begins after ``seconds``. Raises
    KitError for settings that cannot be searched, and where Optuna is not installed.
    """
    from kit.experiments import require_optuna, search_settings

    require_optuna()
    from kit.search import Plan, parse_space
    from kit.search.database import load_study
    from kit.search.study import attempts

    found = load(task, plugins=plugins)
    texts = {name: each if isinstance(each, str) else ",".join(map(str, each)) for name, each in (search or {}).items()}
    plan = Plan(trials=trials, seconds=seconds, seeds=retrain, storage=storage)
    config, space = configured(found, settings), parse_space(found, texts or found.search)
    result, report = search_settings(found, Path(data), config, events_of(plugins), space, plan)
    return SearchResult(found, result, tuple(attempts(load_study(result.study, storage))), report)
