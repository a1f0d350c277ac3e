"""The Dockerfile agrees with setup.cfg and the README, and installs what its arguments say; no Docker is needed."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its arguments on one line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def arguments(name: str) -> list[str]:
    return [rest for found, rest in instructions() if found == name]


def installed(tmp_path: Path, **settings: str) -> list[list[str]]:
    """What pip is asked to install by the Dockerfile's own shell commands, run with a pip that only notes it."""
    script = next(rest for name, rest in instructions() if name == "RUN" and "pip install" in rest)
    defaults = dict(shlex.split(argument)[0].partition("=")[::2] for argument in arguments("ARG"))
    pip = tmp_path / "pip"
    pip.write_text(f'#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]), file=open("log", "a"))\n')
    pip.chmod(0o755)
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nmkdir -p .venv/bin && cp pip .venv/bin/pip\n")
    python.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    environment = {**defaults, **settings, "PATH": path}
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]


def known_extras() -> set[str]:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    return set(settings["options.extras_require"])


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh")
@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, [".[cpu]"]),
        ({"EXTRAS": "lung,pretrained"}, [".[cpu,lung,pretrained]"]),
        ({"DEVICE": "gpu"}, ["paddlepaddle-gpu>=3.2,<4", "."]),
        ({"DEVICE": "gpu", "EXTRAS": "all"}, ["paddlepaddle-gpu>=3.2,<4", ".[all]"]),
    ],
)
def test_the_arguments_decide_what_is_installed(settings: dict[str, str], wanted: list[str], tmp_path: Path) -> None:
    commands = installed(tmp_path, **settings)
    assert [command[-1] for command in commands] == wanted
    extras = commands[-1][-1].strip(".[]").split(",")
    assert {extra for extra in extras if extra} <= known_extras()
    for command in commands:
        assert command[0] == "install" and "--no-cache-dir" in command
    if settings.get("DEVICE") == "gpu":
        assert "https://www.paddlepaddle.org.cn/packages/stable/cu126/" in commands[0]


def test_an_unknown_device_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="DEVICE is cpu or gpu, not tpu"):
        installed(tmp_path, DEVICE="tpu")


def test_it_installs_and_runs_what_the_readme_says_first() -> None:
    block = re.search(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert block is not None
    install, run = block[1].strip().splitlines()
    assert "python3 -m venv .venv && .venv/bin/pip install" in install and "'.[cpu]'" in install
    program = json.loads(arguments("ENTRYPOINT")[0]) + json.loads(arguments("CMD")[0])
    assert shlex.split(run.removeprefix(".venv/bin/")) == program


def test_the_gpu_wheel_has_the_bounds_of_the_cpu_wheel() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    bounds = settings["options.extras_require"]["cpu"].removeprefix("paddlepaddle")
    assert f'PADDLE_GPU="paddlepaddle-gpu{bounds}"' in arguments("ARG")


def test_whatever_is_copied_exists_and_is_not_ignored() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    admitted = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {name for rest in arguments("COPY") for name in rest.split()[:-1]}
    assert copied == admitted
    assert all((ROOT / name).exists() for name in copied)
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    metadata = settings["metadata"]
    assert {metadata["long_description"].removeprefix("file: "), metadata["license_files"]} <= copied


def test_it_follows_the_usual_rules_of_dockerfiles() -> None:
    """A pinned tag, no recommended packages and no lists left behind, absolute folders, JSON for programs, no root."""
    (source,) = arguments("FROM")
    assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", source)
    for script in arguments("RUN"):
        assert "sudo" not in script and "|" not in script.replace("||", "").replace("cpu)", "")
        if "apt-get install" in script:
            assert "-y --no-install-recommends" in script and "rm -rf /var/lib/apt/lists/*" in script
    assert all(folder.startswith("/") for folder in arguments("WORKDIR"))
    users = arguments("USER")
    assert users[-1] == "kit" and any(
        f"useradd --create-home --uid 1000 {users[-1]}" in run for run in arguments("RUN")
    )
    assert not [name for name, _ in instructions() if name in ("ADD", "MAINTAINER")]


def test_the_page_names_every_build_argument() -> None:
    page = (ROOT / "docs" / "container.md").read_text("utf-8")
    for argument in arguments("ARG"):
        assert f"`{argument.partition('=')[0]}`" in page
    for given in re.findall(r"--build-arg (\w+)=", page):
        assert given in {argument.partition("=")[0] for argument in arguments("ARG")}


@pytest.mark.slow
def test_a_wheel_of_what_is_copied_holds_the_whole_kit(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in {name for rest in arguments("COPY") for name in rest.split()[:-1]}:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        tmp_path,
    ]
    done = subprocess.run([*pip, source], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    import zipfile

    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "kit").rglob("*.py")}
    assert modules <= names
