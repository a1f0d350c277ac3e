"""Damage a file in the ways that downloads, editors and attackers do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Mutation = Callable[[bytes, bytes, np.random.Generator], bytes]
"""(content, content of another file, generator) -> damaged content."""

TOKENS = (
    *(b"nan", b"inf", b"-1", b"1e999", b"9" * 30, b"1" * 5000, b"0x10", b"1_0", "\u0663".encode()),
    *(b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b"\t", b"\r", b"\n\n\n"),
    *(b"../../etc/passwd", b"<!ENTITY a 'b'>", b"%s%n"),
)


def edited(content: bytes, rng: random.Random, tokens: Sequence[bytes], longest: int) -> bytes:
    """Change a byte, insert a token, cut the end off, repeat or remove a piece, once to three times.

    ``longest`` bounds the length of a piece.
    """
    data = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0 and start < len(data):
            data[start] = rng.randrange(256)
        elif kind == 1:
            data[start : start + rng.randrange(4)] = rng.choice(tokens)
        elif kind == 2:
            del data[start:]
        elif kind == 3:
            data[start:start] = data[start : start + rng.randrange(longest)]
        else:
            del data[start : start + rng.randrange(longest)]
    return bytes(data)


def flip_bits(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Change a few bits anywhere."""
    damaged = bytearray(content)
    for position in rng.integers(0, len(damaged), rng.integers(1, 9)):
        damaged[position] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def flip_head(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Change a byte or several among the first 512, where headers are."""
    damaged = bytearray(content)
    for position in rng.integers(0, min(len(damaged), 512), rng.integers(1, 5)):
        damaged[position] = int(rng.integers(256))
    return bytes(damaged)


def truncate(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Cut the end off, as an interrupted download."""
    return content[: int(rng.integers(0, len(content)))]


def extend(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Append random bytes."""
    return content + rng.bytes(int(rng.integers(1, 2000)))


def zero_block(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Fill a stretch with zeros, as a sparse file after a crash."""
    start = int(rng.integers(0, len(content)))
    length = int(rng.integers(1, 4097))
    return content[:start] + bytes(len(content[start : start + length])) + content[start + length :]


def repeat_block(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Write a stretch twice."""
    start = int(rng.integers(0, len(content)))
    end = start + int(rng.integers(1, 4097))
    return content[:end] + content[start:end] + content[end:]


def swap(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Take another file's content."""
    return other


def splice(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Join the beginning of this file and the end of another."""
    return content[: int(rng.integers(0, len(content)))] + other[int(rng.integers(0, max(len(other), 1))) :]


def insert_token(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Replace a few bytes by a text that parsers stumble over."""
    start = int(rng.integers(0, min(len(content), 4000)))
    return content[:start] + TOKENS[rng.integers(len(TOKENS))] + content[start + int(rng.integers(0, 6)) :]


def replace_number(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Replace a number in a text by one that is too large, negative, not finite or not a number."""
    head = content[:20_000]
    digits = [i for i in range(len(head)) if head[i : i + 1].isdigit() and not head[i - 1 : i].isdigit()]
    if not digits:
        return insert_token(content, other, rng)
    start = end = digits[rng.integers(len(digits))]
    while content[end : end + 1].isdigit():
        end += 1
    values = (b"-1", b"0", b"nan", b"1e308", b"99999999999999999999", b"1.5", b"", b"x", b"2147483648", b"65536")
    return content[:start] + values[rng.integers(len(values))] + content[end:]


def shuffle_lines(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Change the order of two lines, or repeat or drop one."""
    lines = content[:200_000].split(b"\n")
    a, b = rng.integers(0, len(lines), 2)
    lines[a], lines[b] = lines[b], lines[a] * int(rng.integers(0, 3))
    return b"\n".join(lines) + content[200_000:]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    flip_head,
    truncate,
    extend,
    zero_block,
    repeat_block,
    swap,
    splice,
    insert_token,
    replace_number,
    shuffle_lines,
)


def mutate(path: Path, other: Path, rng: np.random.Generator) -> str:
    """Damage a file in place in one way; return the way's name."""
    mutation = MUTATIONS[rng.integers(len(MUTATIONS))]
    content = path.read_bytes() or b"\n"
    path.write_bytes(mutation(content, other.read_bytes(), rng))
    return mutation.__name__
