"""Whether data may be trained on, by the findings of their audit."""

from __future__ import annotations

from collections.abc import Sequence

from kit.console import info
from kit.contract.report import Finding
from kit.errors import DataError
from kit.wording import counted, listed


def require_fit(findings: Sequence[Finding], remedy: str) -> None:
    """Print the warnings of an audit; raise DataError for its errors, with the first one's remedy or this one."""
    for finding in findings:
        if finding.level == "warning":
            info(f"audit warning: {finding.message} ({finding.where})")
    errors = [f"{finding.message} ({finding.where})" for finding in findings if finding.level == "error"]
    if errors:
        first = next(finding for finding in findings if finding.level == "error")
        raise DataError(
            f"the data are not fit to train on: {errors[0]}",
            found=f"{counted(len(errors) - 1, 'more error')}: {listed(errors[1:], 3)}" if errors[1:] else None,
            remedy=first.remedy or remedy,
        )
