"""The ledger: what was submitted, by whom and with which scores, in a file of one's own or in a team's database."""

from kit.ledger.entries import (
    HELD_OUT,
    Entry,
    Group,
    count_of,
    entries,
    groups,
    leading,
    public_scores,
    public_scores_of,
    reveals,
    run_of,
    tasks_and_authors,
)
from kit.ledger.kept_files import find_kept, kept_file
from kit.ledger.location import Location, ledger_location
from kit.ledger.recording import record, record_reveal

__all__ = [
    "HELD_OUT",
    "Entry",
    "Group",
    "Location",
    "count_of",
    "entries",
    "find_kept",
    "groups",
    "kept_file",
    "leading",
    "ledger_location",
    "public_scores",
    "public_scores_of",
    "record",
    "record_reveal",
    "reveals",
    "run_of",
    "tasks_and_authors",
]
