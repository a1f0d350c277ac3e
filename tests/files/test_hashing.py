"""Hashes follow names and contents."""

from __future__ import annotations

import hashlib
import os

from kit import files
from kit.files.hashing import BLOCK


def test_the_hash_of_a_file_is_its_sha256(tmp_path):
    content = os.urandom(3 * BLOCK + 17)
    (tmp_path / "x").write_bytes(content)
    assert files.sha256(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_the_hash_of_a_folder_follows_names_and_contents(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "t.csv").write_text("1")
    assert files.sha256(tmp_path / "a") == files.sha256(tmp_path / "b")
    (tmp_path / "b" / "inner" / "t.csv").rename(tmp_path / "b" / "inner" / "u.csv")
    assert files.sha256(tmp_path / "a") != files.sha256(tmp_path / "b")
