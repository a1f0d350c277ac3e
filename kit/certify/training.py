"""Laws of training: finite, repeatable, resumable after a kill, and all of it without a network."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kit.certify.context import Bench, Law, need
from kit.certify.data import alike
from kit.data.folds import folds
from kit.data.reading import read_training
from kit.files import sha256
from kit.pipeline import Outcome, predict_runs, train_run
from kit.prediction.store import read
from kit.runs.run import Run

PATIENCE = 600  # seconds for one command
KEPT = ("submission", "predictions.h5", "weights.safetensors", "model.skops")

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


def one_epoch_stays_finite(bench: Bench) -> None:
    """Train one short epoch: loss, weights and held-out predictions are finite."""
    run = _train(bench, "finite")
    losses = [record["train_loss"] for record in run.metrics() if "train_loss" in record]
    need(np.isfinite(losses).all(), f"the training loss is {losses}")
    for path in run.path.rglob("weights.safetensors"):
        from safetensors.numpy import load_file

        wild = [
            name for name, array in load_file(path).items() if array.dtype.kind == "f" and not np.isfinite(array).all()
        ]
        need(not wild, f"weights are not finite: {', '.join(wild[:3])}")
    held_out = read(run.predictions, "valid")
    need(held_out is not None and len(held_out.ids), "no held-out predictions were kept")
    assert held_out is not None
    need(all(not np.isnan(value).any() for value in held_out.values), "held-out predictions hold NaN")


def checkpoints_predict_as_trained(bench: Bench) -> None:
    """Load the weights back and predict the held-out part again: the same numbers, bit by bit."""
    from kit.data.loader import Loader
    from kit.device import choose
    from kit.prediction.engines import load, predict

    run = _train(bench, "loaded")
    kept = read(run.predictions, "valid")
    samples, _ = read_training(bench.task, bench.data, bench.config)
    fold = folds(samples, bench.config, bench.task.strata)[0]
    with Loader(bench.task, samples, bench.config) as loader:
        model = load(bench.task, bench.config, run.fold(fold.name), choose("cpu"), len(fold.valid))
        again = predict(bench.task, loader, samples, fold.valid, model.forward, bench.config)
    held = dict(zip(kept.ids, kept.values, strict=True)) if kept else {}
    for position, value in zip(fold.valid, again, strict=True):
        id = samples[position].id
        need(id in held and alike(np.asarray(value), held[id]), f"sample {id!r} is predicted otherwise after loading")


def same_seed_same_bytes(bench: Bench) -> None:
    """Train and predict twice: submission, predictions and weights are equal byte by byte."""
    first, second = (_whole(bench, name).run.path for name in ("first", "second"))
    _need_same(first, second, "the same seed")


def killed_and_resumed_is_the_same(bench: Bench) -> str | None:
    """Kill a training with SIGKILL after its first epoch and resume it: the same bytes as without the kill."""
    if sys.platform == "win32":
        return "there is no SIGKILL on Windows"
    options = _options(bench, epochs=3)
    whole = _command(bench, "whole", ["train", bench.task.name, "--data", bench.data, *options])
    killed = bench.work / "killed"
    process = _start(bench, killed, ["train", bench.task.name, "--data", bench.data, *options])
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline and not list(killed.rglob("state.safetensors")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    run = next(killed.rglob("card.json")).parent
    resumed = _command(bench, "killed", ["train", bench.task.name, "--data", bench.data, "--resume", run.name])
    need(Path(resumed).resolve() == run.resolve(), f"the resumed run ended in {resumed}, not in {run}")
    _need_same(Path(whole), run, "a kill and --resume")
    return None


def runs_offline(bench: Bench) -> None:
    """``kit run TASK --sample`` in an empty folder, the network refused: everything it promises is there."""
    command = ["run", bench.task.name, "--sample", "--size", str(bench.size), *_options(bench, epochs=1)]
    run = Path(_command(bench, "offline", command))
    promised = ("config.json", "card.json", "metrics.jsonl", "predictions.h5", "score.json", "report.html")
    for name in (*promised, bench.task.format.filename):
        need((run / name).is_file(), f"the run has no {name}")
    score = json.loads((run / "score.json").read_text(encoding="utf-8"))
    need(np.isfinite(score["score"]), f"the score is {score['score']}")


def _train(bench: Bench, name: str) -> Run:
    with _submissions(bench.work / name):
        return train_run(bench.task, bench.data, bench.config, lambda *event: None)


def _whole(bench: Bench, name: str) -> Outcome:
    with _submissions(bench.work / name):
        run = train_run(bench.task, bench.data, bench.config, lambda *event: None)
        return predict_runs(bench.task, [run], bench.data)


@contextlib.contextmanager
def _submissions(folder: Path) -> Iterator[None]:
    """Let runs go to this folder for a while."""
    old = os.environ.get("KIT_SUBMISSIONS")
    os.environ["KIT_SUBMISSIONS"] = str(folder)
    try:
        yield
    finally:
        del os.environ["KIT_SUBMISSIONS"]
        if old is not None:
            os.environ["KIT_SUBMISSIONS"] = old


def _options(bench: Bench, epochs: int) -> list[str]:
    config = replace(bench.config, epochs=epochs)
    options = ["--epochs", str(epochs), "--folds", "1", "--device", "cpu"]
    for name in ("batch_size", "valid_fraction", "workers", "patience"):
        options += ["--set", f"{name}={getattr(config, name)}"]
    return options


def _start(bench: Bench, folder: Path, arguments: Sequence[object]) -> subprocess.Popen[str]:
    """Start ``kit ARGUMENTS`` in this folder, without a network, its runs and caches inside."""
    (folder / "no-network").mkdir(parents=True, exist_ok=True)
    (folder / "no-network" / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    path = [str(folder / "no-network"), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "KIT_SUBMISSIONS": str(folder / "submissions"),
        "KIT_CACHE": str(bench.work / "cache"),
        "KIT_PLUGINS": os.pathsep.join([*map(str, bench.plugins), os.environ.get("KIT_PLUGINS", "")]),
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
    }
    return subprocess.Popen(  # noqa: S603 # our own command, its words a list
        [sys.executable, "-m", "kit", *map(str, arguments)],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _command(bench: Bench, name: str, arguments: Sequence[object]) -> str:
    """Run a command to its end and return the last line it printed."""
    process = _start(bench, bench.work / name, arguments)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    words = " ".join(map(str, arguments[:2]))
    need(process.returncode == 0, f"kit {words} ended with {process.returncode}: {err.strip()[-1500:]}")
    last = out.strip().splitlines()[-1:]
    need(last, f"kit {words} printed nothing")
    return str(bench.work / name / last[0])


def _need_same(first: Path, second: Path, what: str) -> None:
    names = [p.relative_to(first) for p in sorted(first.rglob("*")) if p.is_file() and p.name.startswith(KEPT)]
    need(names, f"{first} holds neither weights nor predictions")
    for name in names:
        need((second / name).is_file(), f"{what}: {name} is missing")
        need(sha256(first / name) == sha256(second / name), f"{what} gives other bytes in {name}")


TRAINING = (
    Law("a short epoch leaves loss, weights and predictions finite", one_epoch_stays_finite),
    Law("a checkpoint loads back to identical predictions", checkpoints_predict_as_trained),
    Law("the same seed gives the same bytes", same_seed_same_bytes),
    Law("a training that is killed and resumed ends with the same bytes", killed_and_resumed_is_the_same),
    Law("kit run --sample works offline and leaves everything it promises", runs_offline),
)
