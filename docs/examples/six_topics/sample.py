"""Draws messages like the contest's.

A word of a topic occurs with probability 0.9 where the topic is labelled, else 0.1: no model can have a mean AUC above
0.9. The rule that looks for a topic's own name, one of its three words, has one of 0.63.
"""

import csv
from pathlib import Path

import numpy as np

WORDS = {
    "billing": ("billing", "invoice", "charged"),
    "delivery": ("delivery", "parcel", "courier"),
    "returns": ("returns", "refund", "exchange"),
    "account": ("account", "password", "login"),
    "privacy": ("privacy", "data", "consent"),
    "praise": ("praise", "thanks", "excellent"),
}
OTHER = ("hello", "please", "today", "since", "yesterday", "order", "number", "week", "again", "about", "was", "have")


def draw(folder: Path, size: int, seed: int) -> None:
    """Write ``train.csv``, ``test.csv`` and ``answers.csv``; a third of the messages have a given topic."""
    rng = np.random.default_rng(seed)
    for part, count in ("train", size), ("test", max(1, size // 4)):
        third = (np.arange(count) % 3 == 0).astype(int)  # in every topic, so that the smallest part has both values
        labels = np.stack([rng.permutation(third) for _ in WORDS], axis=1)
        messages, answers = [["id", "message"]], [["id", *WORDS]]
        for number, row in enumerate(labels):
            seen = rng.random(len(WORDS)) < np.where(row, 0.9, 0.1)
            words = [rng.choice(WORDS[topic]) for topic, is_seen in zip(WORDS, seen, strict=True) if is_seen]
            words += list(rng.choice(OTHER, 8))
            rng.shuffle(words)
            messages.append([f"{part}-{number:05}", " ".join(words)])
            answers.append([f"{part}-{number:05}", *map(str, row)])
        if part == "train":
            messages = [message + answer[1:] for message, answer in zip(messages, answers, strict=True)]
        else:
            _write(folder / "answers.csv", answers)
            constant = [["0.5"] * len(WORDS)] * count
            ids = [answer[0] for answer in answers[1:]]
            _write(
                folder / "sample_submission.csv",
                [answers[0], *([id, *row] for id, row in zip(ids, constant, strict=True))],
            )
        _write(folder / f"{part}.csv", messages)


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
