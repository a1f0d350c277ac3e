"""Fitted scikit-learn estimators, stored and loaded by skops without trusting the file.

The plugin builds the estimator from the configuration, and the file may hold that estimator's class and parts only; see
:mod:`kit.models.estimator_types`. Nothing in a file can name a function or any other class.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from kit.errors import DataError, KitError
from kit.files import require_regular, write_bytes
from kit.models.estimator_archive import reproducible
from kit.models.estimator_schema import UnsafeEstimatorError, check_schema
from kit.models.estimator_state import restore_derived, without_derived
from kit.models.estimator_types import allowed_classes
from kit.models.estimator_values import check_values

MOST_BYTES = 16 << 30


def save_estimator(estimator: Any, built: Any, path: Path, trusted: Sequence[str] = ()) -> Any:
    """Store a fitted estimator and return it as it is loaded again.

    ``built`` is one that was built in the same way and not fitted; ``trusted`` are the full names of further classes
    that the file may hold. The same estimator gives the same bytes. Raises KitError if it could not be loaded again.
    """
    from skops import io

    try:
        data = reproducible(io.dumps(without_derived(estimator)))
        loaded = _load(data, built, trusted)
    except Exception as error:  # skops refuses what it does not support in many ways
        raise KitError(
            "the fitted estimator cannot be stored",
            expected="scikit-learn estimators that kit.models.estimator_types lists, or the estimator's own parts",
            found=error,
            remedy="create the parts of an estimator in its __init__, so that they are known before it is fitted, or "
            "name classes that you trust: Model(build, trusted=(...))",
        ) from error
    write_bytes(path, data)
    return loaded


def load_estimator(built: Any, path: Path, trusted: Sequence[str] = ()) -> Any:
    """Load a fitted estimator of the class and parts of ``built``, which the plugin has built from the configuration.

    Raises DataError for a file that holds anything else or is damaged.
    """
    require_regular(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnsafeEstimatorError(f"more than {MOST_BYTES:,} bytes")
        estimator = _load(path.read_bytes(), built, trusted)
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing", where=path.parent, remedy="train the run again") from None
    except Exception as error:  # a zip archive of JSON and arrays can be damaged in many ways
        remedy = "use a run that was trained on this computer, or train it again"
        raise DataError("the fitted estimator cannot be loaded", found=error, where=path, remedy=remedy) from None
    return estimator


def _load(data: bytes, built: Any, trusted: Sequence[str]) -> Any:
    from skops import io

    estimator = io.loads(data, trusted=check_schema(data, _protocol(), allowed_classes(built, trusted)))
    _check_class(estimator, built)
    check_values(estimator)
    restore_derived(estimator)
    return estimator


def _check_class(estimator: Any, built: Any) -> None:
    if type(estimator) is not type(built):
        raise UnsafeEstimatorError(f"a {type(estimator).__name__} instead of a {type(built).__name__}")


def _protocol() -> int:
    """The number of the format that the installed skops writes; older formats have weaker loaders."""
    from skops import io

    with zipfile.ZipFile(BytesIO(io.dumps(None))) as archive:
        return int(json.loads(archive.read("schema.json"))["protocol"])
