"""Disks that fill up or become read-only: mounted ones where permitted, else a substitute."""

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alliance.errors import StoreUnavailable
from storage.database import internal_heartbeats, key_values
from storage.database.tx import Store
from tests.stories.clinic import A_TUESDAY

MEGABYTES = 24
BALLAST = "ballast"


@dataclass(frozen=True)
class Disk:
    """A disk that can be made to fail and restored.

    Attributes:
        folder: Where it is mounted.
        make_fail: Fills it up, or makes it read-only.
        restore: Frees space, or makes it writable again.
    """

    folder: Path
    make_fail: Callable[[], None]
    restore: Callable[[], None]


def command_succeeds(*command: str) -> bool:
    """Run a command; return False where it is missing or not permitted."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Yield a disk that can be filled to the last byte.

    Where mounting is not permitted, a limit on the size of files takes its place, as a quota does.
    """
    folder.mkdir()
    if command_succeeds("mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)):
        try:
            ballast = folder / BALLAST
            yield Disk(folder, lambda: _fill(ballast), ballast.unlink)
        finally:
            subprocess.run(("umount", "--lazy", str(folder)), check=True)
        return
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def make_fail() -> None:
        largest = max(file.stat().st_size for file in folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))

    def restore() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    try:
        yield Disk(folder, make_fail, restore)
    finally:
        restore()


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\1" * size):
                    pass
            except OSError:  # no room for pieces of that size
                continue


async def fill_database(store: Store) -> None:
    """Write until not even the smallest row can be saved: the log may still have free pages."""
    number = 0
    for value in ("x" * 3_000, None):
        try:
            while True:
                number += 1
                async with store.transaction() as tx:
                    if value is None:
                        await internal_heartbeats.record_heartbeat(tx, name="ready", at=A_TUESDAY)
                    else:
                        await key_values.set_value(tx, name=f"filler {number}", value=value)
        except StoreUnavailable:
            continue


@contextmanager
def failing_disk(folder: Path, image: Path) -> Iterator[Disk | None]:
    """Yield a disk that the kernel makes read-only, as after an error; None if not permitted.

    It is restored as a real one is: unmounted, checked, and mounted again.
    """
    folder.mkdir()
    image.write_bytes(b"")
    with image.open("r+b") as file:
        file.truncate(MEGABYTES << 20)
    mounting = ("mount", "-o", "loop,errors=remount-ro", str(image), str(folder))
    if not command_succeeds("mkfs.ext4", "-q", "-F", str(image)) or not command_succeeds(*mounting):
        yield None
        return
    source = subprocess.run(
        ("findmnt", "-n", "-o", "SOURCE", str(folder)), capture_output=True, text=True, check=True
    )
    trigger = Path("/sys/fs/ext4") / Path(source.stdout.strip()).name / "trigger_fs_error"

    def restore() -> None:
        subprocess.run(("umount", str(folder)), check=True)
        subprocess.run(("e2fsck", "-p", "-f", str(image)), capture_output=True, check=False)
        subprocess.run(mounting, check=True)

    try:
        yield Disk(folder, lambda: _trigger_error(trigger), restore)
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


def _trigger_error(trigger: Path) -> None:
    trigger.write_text("1")
