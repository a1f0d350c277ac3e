"""Mutated submissions: no exception but the kit's, no hang, and both readers agree."""

from __future__ import annotations

import random
import time

import pytest

from kit.errors import KitError
from kit.submission.checker import read
from tests.submission.test_properties import FORMATS, NAMES, SEEDS

PIECES = [
    b"\x00",
    b"\r",
    b"\n",
    b"\r\n",
    b'"',
    b",",
    b";",
    b"\t",
    b" ",
    b"\xff",
    b"\xef\xbb\xbf",
    b"1e999",
    b"9" * 5000,
]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_mutated_submissions_get_a_result_in_bounded_time(tmp_path, name):
    rng = random.Random(name)
    path = tmp_path / "submission.csv"
    start = time.process_time()
    for _ in range(300):
        data = bytearray(SEEDS[name].encode())
        for _ in range(rng.randint(1, 8)):
            position, cut = rng.randrange(len(data) + 1), rng.choice([0, 0, 1, 5])
            piece = rng.choice([rng.choice(PIECES), rng.choice(PIECES) * 200, rng.randbytes(3), bytes(data)])
            data[position : position + cut] = piece
            del data[1 << 20 :]
        path.write_bytes(data)
        try:
            quick = read(path, FORMATS[name], NAMES[name], 100, keep=True)
            slow = read(path, FORMATS[name], NAMES[name], 100, keep=True, fast=False)
        except KitError as error:
            assert path.name in str(error)
        else:
            assert quick.check == slow.check
    assert time.process_time() - start < 120
