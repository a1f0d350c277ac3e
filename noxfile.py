"""Sessions for contributors: ``nox -l`` lists them; ``nox`` runs lint and tests."""

from __future__ import annotations

import configparser

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.reuse_existing_virtualenvs = True

USES_PADDLE = (
    "tests/cpu",
    "tests/gpu",
    "tests/models",
    "tests/training",
    "tests/prediction",
    "tests/export",
    "tests/plugins/digit_recognizer",
)


def _tests(session: nox.Session) -> None:
    session.install("-e", ".[cpu,test]")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on this Python. Arguments after ``--`` go to pytest."""
    _tests(session)


@nox.session(python=["3.10", "3.13"])
def compatibility(session: nox.Session) -> None:
    """Run the tests on the oldest and the newest supported Python."""
    _tests(session)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with exactly the lowest versions that setup.cfg allows."""
    session.install("-e", ".[cpu,test]")
    settings = configparser.ConfigParser()
    settings.read("setup.cfg")
    extras = settings["options.extras_require"]
    groups = [settings["options"]["install_requires"]]
    groups += [extras[name] for name in ("cpu", "lung", "pathology", "captcha", "eye", "tune")]
    bounds = [line.partition(",")[0] for group in groups for line in group.split() if ">=" in line]
    session.install("--only-binary", ":all:", *(bound.replace(">=", "==") for bound in bounds))
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def paddle26(session: nox.Session) -> None:
    """Run the tests of what uses Paddle with Paddle 2.6.2, on Python 3.10 to 3.12."""
    session.install("-e", ".[paddle26,test]")
    session.run("pytest", "-n", "auto", *(session.posargs or USES_PADDLE))


@nox.session
def pinned(session: nox.Session) -> None:
    """Run the tests with the versions and hashes of constraints.txt."""
    session.install("--require-hashes", "-r", "constraints.txt")
    session.install("-e", ".[cpu,test]", "-c", "constraints.txt")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and types."""
    session.install("-e", ".[cpu,test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into docs/_build/html. A warning is an error."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the speed of training and prediction on this CPU. Arguments after ``--`` go to the benchmark."""
    session.install("-e", ".[cpu,test,benchmarks]")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)
