"""A PostgreSQL server of the tests: on a socket in a temporary folder, for the session."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
PROGRAMS = ("initdb", "postgres", "pg_isready", "psql")
# Faster than a real one; it survives a killed server, and only a crash of the machine could lose a commit.
SETTINGS = ("fsync=off", "listen_addresses=", "max_connections=60", "shared_buffers=16MB", "autovacuum=off")


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, or None where it is not installed."""
    folders = [*FOLDERS, *(Path(found).resolve().parent for found in [shutil.which("postgres")] if found)]
    whole = [folder for folder in folders if all((folder / name).exists() for name in PROGRAMS)]
    return whole[-1] if whole else None


class Server:
    """A server of one's own; the superuser is ``owner``, and everybody on the socket is trusted."""

    def __init__(self, bin: Path) -> None:
        self.bin = bin
        self.folder = Path(tempfile.mkdtemp(prefix="kit-pg-"))  # a socket's path may have 107 bytes at most
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            import pwd  # not on Windows

            names = {account.pw_name for account in pwd.getpwall()}
            account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", self.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def url(self, database: str, user: str = "owner") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def start(self) -> None:
        settings = [part for setting in SETTINGS for part in ("-c", setting)]
        command = [str(self.bin / "postgres"), "-D", self.data, "-k", str(self.folder), *settings]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self.user)
        log.close()
        self.wait()

    def wait(self) -> None:
        for _ in range(300):
            ready = [str(self.bin / "pg_isready"), "-q", "-h", str(self.folder), "-d", "postgres"]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise TimeoutError((self.folder / "log").read_text())

    def kill(self) -> None:
        """As a machine that goes away: every process of the server is gone at once."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        self.process.kill()
        self.process.wait()
        for pid in map(int, children.stdout.split()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        while any(_alive(pid) for pid in map(int, children.stdout.split())):
            time.sleep(0.02)
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # at once: nothing of it is needed any more
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement: str, database: str = "postgres", user: str = "owner") -> str:
        """Run a statement with psql and return what it prints."""
        command = [str(self.bin / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder)]
        command += ["-U", user, "-d", database, "-c", statement]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self.user)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
