"""The texts: four digits or capital letters."""

from __future__ import annotations

from ..grammar import DIGITS, LETTERS, Grammar

CHARACTERS = Grammar(DIGITS + LETTERS, ((DIGITS + LETTERS,) * 4,))
ALIKE = "0O"  # look the same in the captcha library's font once they are stretched
PROBE = "0O0O"  # the articles on text captchas end with it: can the two be told apart at all?
