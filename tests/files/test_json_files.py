"""JSON files are whole and valid, or refused by name."""

from __future__ import annotations

import pytest

from kit import files
from kit.errors import DataError


def test_a_number_that_json_lacks_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "score.json"
    files.write_json(path, {"score": 1})
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(path, {"score": float("nan")})
    assert files.read_json(path) == {"score": 1}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1,]"])
def test_broken_json_is_refused_with_its_name(tmp_path, content):
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(DataError, match=r"card\.json cannot be read"):
        files.read_json(tmp_path / "card.json")


def test_missing_json_is_refused_with_its_name_and_folder(tmp_path):
    with pytest.raises(DataError, match=r"card\.json is missing") as refused:
        files.read_json(tmp_path / "card.json")
    assert str(tmp_path) in str(refused.value)


def test_a_name_that_is_not_utf8_survives_in_json(tmp_path):
    name = "scan\udce9\u690d.png"
    files.write_json(tmp_path / "card.json", {"path": name})
    assert "\u690d" in (tmp_path / "card.json").read_text(encoding="utf-8")
    assert files.read_json(tmp_path / "card.json") == {"path": name}


def test_a_name_that_is_not_utf8_becomes_an_escape_in_text(tmp_path):
    files.write_text(tmp_path / "page.html", "<p>scan\udce9</p>")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == r"<p>scan\udce9</p>"
