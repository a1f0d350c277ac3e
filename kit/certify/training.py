"""Laws of training: finite values, the same bytes for the same seed, resume after a kill, no network needed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kit.certify.context import Context, Law, require
from kit.certify.data import NO_SAMPLE, alike
from kit.data.contest import ContestData
from kit.data.folds import folds
from kit.discovery.catalogue import folders_of_environment
from kit.errors import KitError
from kit.files import sha256
from kit.outcome import Outcome
from kit.pipeline import predict_runs, train_run
from kit.prediction.store import read
from kit.processes import safe_environment, safe_python
from kit.runs import Run
from kit.training.events import Events

TIMEOUT = 600  # seconds for one command
COMPARED = ("submission", "predictions.h5", "weights.safetensors", "model.skops")

NO_NETWORK = """
import socket
def refuse(self, address, *rest):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        raise OSError(f"no network here: {address}")
    return connect(self, address, *rest)
connect, socket.socket.connect = socket.socket.connect, refuse
def getaddrinfo(host, *rest, **more):
    raise socket.gaierror(f"no network here: {host}")
socket.getaddrinfo = getaddrinfo
"""


def one_epoch_stays_finite(context: Context) -> None:
    """Train one short epoch: loss, weights and held-out predictions must be finite."""
    require_finite(train_here(context, "finite"))


def require_finite(run: Run) -> None:
    """Refuse losses, weights and held-out predictions that are not finite."""
    losses = [record.train_loss for record in run.epochs()]
    require(np.isfinite(losses).all(), f"the training loss is {losses}")
    for path in run.path.rglob("weights.safetensors"):
        from safetensors.numpy import load_file

        bad = [
            name for name, array in load_file(path).items() if array.dtype.kind == "f" and not np.isfinite(array).all()
        ]
        require(not bad, f"weights are not finite: {', '.join(bad[:3])}")
    held_out = read(run.predictions, "valid")
    values = [] if held_out is None else held_out.values
    require(len(values), "no held-out predictions were stored")
    require(all(not np.isnan(value).any() for value in values), "held-out predictions contain NaN")


def checkpoints_predict_as_trained(context: Context) -> None:
    """Load the weights and predict the held-out samples again: the same numbers, bit by bit."""
    require_loads_back(context, train_here(context, "loaded"))


def require_loads_back(context: Context, run: Run) -> None:
    """Load the model of a run and refuse other held-out predictions than it stored."""
    from kit.device import choose
    from kit.models.build import load_model
    from kit.prediction.engines import make_forward
    from kit.prediction.predict import predict

    kept = read(run.predictions, "valid")
    task, config = context.task, context.config
    with ContestData(task, context.data, config) as contest:
        loader, _ = contest.training_loader()
        samples = loader.samples
        fold = folds(samples, config, task.strata, task.split)[0]
        model = load_model(task, config, run.fold(fold.name))
        forward = make_forward(task, model, choose("cpu"), len(fold.valid))
        again = predict(loader, fold.valid, forward)
    held = dict(zip(kept.ids, kept.values, strict=True)) if kept else {}
    for position, value in zip(fold.valid, again, strict=True):
        id = samples[position].id
        require(
            id in held and alike(np.asarray(value), held[id]), f"sample {id!r} is predicted differently after loading"
        )


def same_seed_same_bytes(context: Context) -> None:
    """Train and predict twice: submission, predictions and weights must be the same bytes."""
    first, second = (_train_and_predict(context, name).run.path for name in ("first", "second"))
    _require_same(first, second, "the same seed")


def killed_and_resumed_is_the_same(context: Context) -> str | None:
    """Kill a training with SIGKILL after its first epoch and resume it: the result must be the same bytes."""
    if sys.platform == "win32":
        return "there is no SIGKILL on Windows"
    options = _options(context, epochs=3)
    undisturbed = _command(context, "undisturbed", ["train", context.task.name, "--data", context.data, *options])
    killed = context.work / "killed"
    process = _start(context, killed, ["train", context.task.name, "--data", context.data, *options])
    deadline = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < deadline and not list(killed.rglob("state.safetensors")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    run = next(killed.rglob("card.json")).parent
    resumed = _command(context, "killed", ["train", context.task.name, "--data", context.data, "--resume", run.name])
    require(Path(resumed).resolve() == run.resolve(), f"the resumed run ended in {resumed}, not in {run}")
    _require_same(Path(undisturbed), run, "a kill and --resume")
    return None


def outputs_never_overwrite_data(context: Context) -> str | None:
    """Predict into a data file and into the answers: both must be refused, and no byte of the data may change."""
    if not context.is_sample:
        return NO_SAMPLE
    data = shutil.copytree(context.data, context.work / "data")
    answers = data / context.task.answers
    files = [path for path in sorted(data.rglob("*")) if path.is_file() and answers not in (path, *path.parents)]
    targets = [answers if answers.is_file() else next(path for path in sorted(answers.rglob("*")) if path.is_file())]
    run, before = train_here(context, "overwriting"), sha256(data)
    for target in (*targets, files[0]):
        try:
            predict_runs(context.task, [run], data, output=target)
        except KitError:
            pass
        else:
            require(False, f"kit predict --output {target.relative_to(data)} is not refused")
        require(sha256(data) == before, f"kit predict --output {target.relative_to(data)} changed the data")
    return None


def runs_offline(context: Context) -> None:
    """Run ``kit run TASK`` in an empty folder without a network: every promised file must be there."""
    from kit.models.build import WEIGHTS

    source: list[object] = ["--sample", "--size", context.size] if context.is_sample else ["--data", context.data]
    command = ["run", context.task.name, *source, *_options(context, epochs=1)]
    run = Path(_command(context, "offline", command))
    promised = ["config.json", "card.json", "predictions.h5", "report.html"]
    promised += ["metrics.jsonl"] if list(run.rglob(WEIGHTS)) else []  # an estimator has no epochs
    promised += ["score.json"] if context.is_sample else []
    for name in (*promised, context.task.format.filename):
        require((run / name).is_file(), f"the run has no {name}")
    if not context.is_sample:
        return
    score = json.loads((run / "score.json").read_text(encoding="utf-8"))
    require(np.isfinite(score["score"]), f"the score is {score['score']}")


def train_here(context: Context, name: str) -> Run:
    """Train a run in a folder of this name in the context's own."""
    with _submissions(context.work / name):
        return train_run(context.task, context.data, context.config, Events())


def _train_and_predict(context: Context, name: str) -> Outcome:
    with _submissions(context.work / name):
        run = train_run(context.task, context.data, context.config, Events())
        return predict_runs(context.task, [run], context.data)


@contextlib.contextmanager
def _submissions(folder: Path) -> Iterator[None]:
    """Write runs to this folder within the context."""
    old = os.environ.get("KIT_SUBMISSIONS")
    os.environ["KIT_SUBMISSIONS"] = str(folder)
    try:
        yield
    finally:
        del os.environ["KIT_SUBMISSIONS"]
        if old is not None:
            os.environ["KIT_SUBMISSIONS"] = old


def _options(context: Context, epochs: int) -> list[str]:
    config = replace(context.config, epochs=epochs)
    options = ["--epochs", str(epochs), "--folds", "1", "--device", "cpu"]
    for name in ("batch_size", "valid_fraction", "workers", "patience"):
        options += ["--set", f"{name}={getattr(config, name)}"]
    return options


def _start(context: Context, folder: Path, arguments: Sequence[object]) -> subprocess.Popen[str]:
    """Start ``kit ARGUMENTS`` in this folder, without a network; runs and caches are written inside it."""
    (folder / "no-network").mkdir(parents=True, exist_ok=True)
    (folder / "no-network" / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    safe = safe_environment()
    environment = {
        **safe,
        "KIT_SUBMISSIONS": str(folder / "submissions"),
        "KIT_CACHE": str(context.work / "cache"),
        "KIT_PLUGINS": os.pathsep.join(map(str, [*context.plugins, *folders_of_environment()])),
        "PYTHONPATH": os.pathsep.join([str(folder / "no-network"), safe["PYTHONPATH"]]),
    }
    return subprocess.Popen(  # noqa: S603 # our own command, as a list of arguments
        [*safe_python(), "-m", "kit", *map(str, arguments)],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _command(context: Context, name: str, arguments: Sequence[object]) -> str:
    """Run a command and return the last line that it printed."""
    process = _start(context, context.work / name, arguments)
    try:
        out, err = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    words = " ".join(map(str, arguments[:2]))
    require(process.returncode == 0, f"kit {words} ended with {process.returncode}: {err.strip()[-1500:]}")
    last = out.strip().splitlines()[-1:]
    require(last, f"kit {words} printed nothing")
    return str(context.work / name / last[0])


def _require_same(first: Path, second: Path, what: str) -> None:
    names = [p.relative_to(first) for p in sorted(first.rglob("*")) if p.is_file() and p.name.startswith(COMPARED)]
    require(names, f"{first} contains neither weights nor predictions")
    for name in names:
        require((second / name).is_file(), f"{what}: {name} is missing")
        require(sha256(first / name) == sha256(second / name), f"{what} gives different bytes in {name}")


TRAINING = (
    Law("a short epoch leaves loss, weights and predictions finite", one_epoch_stays_finite),
    Law("a checkpoint loads back to identical predictions", checkpoints_predict_as_trained),
    Law("the same seed gives the same bytes", same_seed_same_bytes),
    Law("a training that is killed and resumed gives the same bytes", killed_and_resumed_is_the_same),
    Law("an output never overwrites the data or the answers", outputs_never_overwrite_data),
    Law("kit run --sample works offline and writes every promised file", runs_offline),
)
