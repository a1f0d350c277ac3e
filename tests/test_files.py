"""Files are written whole or not at all; archives stay inside their folder."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from kit import files
from kit.errors import DataError


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.name.endswith(".tmp") or path.name.startswith("."))


def test_a_file_is_written_with_its_folders_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a" / "b" / "card.json"
    files.write_json(path, {"ä": [1, 2.5, None]})
    assert files.read_json(path) == {"ä": [1, 2.5, None]}
    assert path.read_text(encoding="utf-8").endswith("}\n")
    assert [p.name for p in path.parent.iterdir()] == ["card.json"]


def test_line_ends_are_written_as_they_are(tmp_path):
    files.write_text(tmp_path / "x.csv", "a,b\r\n1,2\n")
    assert (tmp_path / "x.csv").read_bytes() == b"a,b\r\n1,2\n"


def test_a_failing_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "weights"
    files.write_bytes(path, b"old")
    with pytest.raises(RuntimeError), files.atomic(path) as temporary:
        temporary.write_bytes(b"half of the ne")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_a_number_that_json_lacks_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "score.json"
    files.write_json(path, {"score": 1})
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(path, {"score": float("nan")})
    assert files.read_json(path) == {"score": 1}


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits")
def test_a_file_has_the_permissions_that_the_user_asked_for(tmp_path):
    old = os.umask(0o027)
    try:
        files.write_text(tmp_path / "x", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    path = tmp_path / "state.json"
    script = (
        "import sys, itertools\nfrom pathlib import Path\nfrom kit.files import write_json\n"
        "for i in itertools.count():\n    write_json(Path(sys.argv[1]), {'step': i, 'filler': [i] * 20000})\n"
    )
    for attempt in range(5):
        process = subprocess.Popen([sys.executable, "-c", script, str(path)])
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.03 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        state = json.loads(path.read_text())
        assert state["filler"] == [state["step"]] * 20000


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1,]"])
def test_broken_json_is_refused_with_its_name(tmp_path, content):
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(DataError, match=r"card\.json cannot be read"):
        files.read_json(tmp_path / "card.json")


def test_missing_json_is_refused_with_its_name_and_folder(tmp_path):
    with pytest.raises(DataError, match=r"card\.json is missing") as refused:
        files.read_json(tmp_path / "card.json")
    assert str(tmp_path) in str(refused.value)


def test_the_hash_of_a_file_is_its_sha256(tmp_path):
    content = os.urandom(3 * files.BLOCK + 17)
    (tmp_path / "x").write_bytes(content)
    assert files.sha256(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_the_hash_of_a_folder_follows_names_and_contents(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "t.csv").write_text("1")
    assert files.sha256(tmp_path / "a") == files.sha256(tmp_path / "b")
    (tmp_path / "b" / "inner" / "t.csv").rename(tmp_path / "b" / "inner" / "u.csv")
    assert files.sha256(tmp_path / "a") != files.sha256(tmp_path / "b")


def test_places_follow_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_SUBMISSIONS", str(tmp_path / "s"))
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "c"))
    assert files.submissions_dir() == tmp_path / "s"
    assert files.cache_dir() == tmp_path / "c"
    monkeypatch.delenv("KIT_SUBMISSIONS")
    monkeypatch.delenv("KIT_CACHE")
    assert files.submissions_dir() == Path("submissions")
    assert "contest-kit" in files.cache_dir().parts


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_an_archive_is_unpacked_with_its_folders(tmp_path):
    files.unzip(archive(tmp_path / "a.zip", {"train.csv": b"1", "images/1.png": b"2"}), tmp_path / "out")
    assert (tmp_path / "out" / "train.csv").read_bytes() == b"1"
    assert (tmp_path / "out" / "images" / "1.png").read_bytes() == b"2"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:/evil", "C:evil"])
def test_a_member_that_would_land_outside_is_refused(tmp_path, name):
    with pytest.raises(DataError, match="unsafe path"):
        files.unzip(archive(tmp_path / "a.zip", {"fine": b"1", name: b"2"}), tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("evil"))
    assert not (tmp_path / "deep" / "out").exists()
    assert leftovers(tmp_path) == []


def test_a_link_in_an_archive_is_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="unsafe path"):
        files.unzip(tmp_path / "a.zip", tmp_path / "out")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path):
    bomb = archive(tmp_path / "a.zip", {"zeros": bytes(1 << 20)})
    with pytest.raises(DataError, match="too much"):
        files.unzip(bomb, tmp_path / "out", limit=1000)
    assert not (tmp_path / "out").exists()


def damaged(path: Path) -> Path:
    """An archive whose compressed bytes are overwritten in the middle."""
    archive(path, {"digits.csv": "".join(f"{i},{i * i % 97}\n" for i in range(9999)).encode()})
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(range(200))
    path.write_bytes(content)
    return path


def encrypted(path: Path) -> Path:
    """An archive whose member is marked as needing a password."""
    archive(path, {"digits.csv": b"1"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    return path


def test_a_damaged_archive_is_refused_and_leaves_nothing(tmp_path):
    broken = {
        "empty": b"",
        "text": b"hello",
        "cut": archive(tmp_path / "w.zip", {"a": os.urandom(9999)}).read_bytes()[:5000],
        "damaged": damaged(tmp_path / "d.zip").read_bytes(),
        "encrypted": encrypted(tmp_path / "e.zip").read_bytes(),
        "a file is a folder too": archive(tmp_path / "f.zip", {"a": b"1", "a/b": b"2"}).read_bytes(),
    }
    for name, content in broken.items():
        path = tmp_path / f"{name}.zip"
        path.write_bytes(content)
        with pytest.raises(DataError) as refused:
            files.unzip(path, tmp_path / "out")
        assert name in str(refused.value), "the archive is named"
        assert not (tmp_path / "out").exists()
        assert leftovers(tmp_path) == []


def test_an_archive_that_another_process_has_unpacked_meanwhile_is_fine(tmp_path, monkeypatch):
    source = archive(tmp_path / "a.zip", {"x": b"1"})
    safe_name = files._safe_name

    def slow(member: zipfile.ZipInfo, path: Path):
        (tmp_path / "out").mkdir(exist_ok=True)  # the other one is quicker
        (tmp_path / "out" / "x").write_bytes(b"1")
        return safe_name(member, path)

    monkeypatch.setattr(files, "_safe_name", slow)
    files.unzip(source, tmp_path / "out")
    assert (tmp_path / "out" / "x").read_bytes() == b"1"
    assert leftovers(tmp_path) == []
