"""The texts that a captcha can show: a character set, and templates that allow some characters at each position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DIGITS = "0123456789"
OPERATORS = "+-*"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Grammar:
    """The texts of a task. A template is a tuple with the characters that are allowed at each position.

    A character's class is its index in ``charset``; the class after the last one is the blank, "no character".
    """

    charset: str
    templates: tuple[tuple[str, ...], ...]

    @property
    def length(self) -> int:
        """The length of the longest text."""
        return max(map(len, self.templates))

    @property
    def blank(self) -> int:
        """The class of the blank."""
        return len(self.charset)

    def matches(self, text: str) -> bool:
        """Whether a text fits one of the templates."""
        return any(
            len(text) == len(template) and all(c in allowed for c, allowed in zip(text, template, strict=True))
            for template in self.templates
        )

    def encode(self, text: str) -> np.ndarray:
        """Return the classes of a text, int64 (length,), filled up with blanks."""
        classes = np.full(self.length, self.blank, np.int64)
        classes[: len(text)] = [self.charset.index(character) for character in text]
        return classes

    def decode(self, classes: np.ndarray) -> str:
        """Return the text of classes (L,), without blanks."""
        return "".join(self.charset[k] for k in classes if k != self.blank)

    def random_text(self, rng: np.random.Generator) -> str:
        """Return a random text: templates, and characters at each position, are equally likely."""
        template = self.templates[rng.integers(len(self.templates))]
        return "".join(allowed[rng.integers(len(allowed))] for allowed in template)
