"""What the tasks of both rounds of the contest share: the form of a submission and where it was published."""

from __future__ import annotations

from kit import Column, Format, Review

SOURCE = "https://github.com/ypwhs/baiduyun_deeplearning_competition"
SAMPLE_NOTE = "The sample is generated to look like the contest's images; scores on it are not scores on the contest's."


def expression_format(*columns: Column, review: Review) -> Format:
    """A line for each image in the images' order: expression and value with a space between, no header and no ids."""
    return Format(
        columns=columns,
        id=None,
        filename="submission.txt",
        delimiter=" ",
        header="absent",
        ordered=True,
        review=review,
    )
