"""The folders that the kit writes to follow the environment."""

from __future__ import annotations

from pathlib import Path

from kit import files


def test_folders_follow_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_SUBMISSIONS", str(tmp_path / "s"))
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "c"))
    assert files.submissions_dir() == tmp_path / "s"
    assert files.cache_dir() == tmp_path / "c"
    monkeypatch.delenv("KIT_SUBMISSIONS")
    monkeypatch.delenv("KIT_CACHE")
    assert files.submissions_dir() == Path("submissions")
    assert "contest-kit" in files.cache_dir().parts


def test_a_tilde_stands_for_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("KIT_SUBMISSIONS", "~/runs")
    monkeypatch.setenv("KIT_CACHE", "~/cache")
    assert files.submissions_dir() == tmp_path / "runs"
    assert files.cache_dir() == tmp_path / "cache"
