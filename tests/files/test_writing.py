"""Files and folders appear whole or not at all; what a killed process left is removed."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kit import files
from kit.errors import DataError
from kit.files import writing


def leftovers(folder: Path) -> list[str]:
    """Temporary files and folders in a folder."""
    return sorted(path.name for path in folder.rglob("*") if path.name.endswith(".tmp") or path.name.startswith("."))


def test_a_file_is_written_with_its_folders_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a" / "b" / "card.json"
    files.write_json(path, {"ä": [1, 2.5, None]})
    assert files.read_json(path) == {"ä": [1, 2.5, None]}
    assert path.read_text(encoding="utf-8").endswith("}\n")
    assert [p.name for p in path.parent.iterdir()] == ["card.json"]


def test_a_pipe_or_a_device_is_never_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "link"):
        with pytest.raises(DataError, match="not a regular file"):
            files.write_text(tmp_path / name, "x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode) and (tmp_path / "link").is_symlink()


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


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits")
def test_a_folder_has_the_permissions_that_the_user_asked_for(tmp_path):
    old = os.umask(0o077)
    try:
        with files.new_folder(tmp_path / "sample") as temporary:
            (temporary / "x").touch()
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "sample").stat().st_mode) == 0o700


def test_a_folder_that_another_process_has_filled_meanwhile_is_kept(tmp_path):
    with files.new_folder(tmp_path / "cache", keep_existing=True) as temporary:
        (temporary / "mine").touch()
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache" / "theirs").touch()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["theirs"]
    assert leftovers(tmp_path) == []


def test_a_folder_with_content_is_not_replaced(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "precious").touch()
    with pytest.raises(OSError), files.new_folder(tmp_path / "data"):
        pass
    assert (tmp_path / "data" / "precious").exists()
    assert leftovers(tmp_path) == []


KILLED = """
import sys, time
from pathlib import Path
from kit.files import atomic, new_folder
folder = Path(sys.argv[1])
with new_folder(folder / "cache") as inner, atomic(folder / "card.json") as temporary:
    (inner / "half").write_text("x")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_what_a_killed_process_left_is_removed_by_the_next_writer(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    files.write_text(tmp_path / "other", "x")
    assert len(leftovers(tmp_path)) == 2, "what a living process writes is left alone"
    process.kill()
    process.wait()
    writing._swept.clear()  # as in a new process
    files.write_text(tmp_path / "other", "x")
    assert leftovers(tmp_path) == []


def test_another_machines_temporary_files_are_left_for_a_day(tmp_path):
    names = (".a.00000000-1-0123abcd.tmp", ".b.00000000-1-0123abcd.tmp", ".mine.tmp")
    fresh, old, foreign = (tmp_path / name for name in names)
    for path in (fresh, old, foreign):
        path.touch()
    os.utime(old, (time.time() - 2 * writing.DAY,) * 2)
    os.utime(foreign, (0, 0))
    files.write_text(tmp_path / "x", "x")
    assert leftovers(tmp_path) == sorted([fresh.name, foreign.name])


def test_threads_write_to_one_folder_at_once(tmp_path):
    def write(number: int) -> None:
        for _ in range(20):
            files.write_text(tmp_path / f"{number % 3}.txt", "x" * 1000)

    threads = [threading.Thread(target=write, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.txt", "1.txt", "2.txt"]
