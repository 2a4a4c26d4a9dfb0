"""Disks that fill up or can only be read: real ones where we may mount, the nearest thing else."""

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alliance.errors import StoreUnavailable
from storage.database import updates
from storage.database.tx import Store
from tests.stories.clinic import A_TUESDAY

MEGABYTES = 24
BALLAST = "ballast"


@dataclass(frozen=True)
class Disk:
    """A disk of which something can be made to go wrong, and right again.

    Attributes:
        folder: Where it is.
        spoil: Fills it up, or lets nobody write any more.
        heal: Makes room, or lets people write again.
    """

    folder: Path
    spoil: Callable[[], None]
    heal: Callable[[], None]


def can_do(*command: str) -> bool:
    """Carry a command out; False where this machine does not let us."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Give a disk that can be filled to the last byte.

    Where we may not mount one, no file may grow any more instead, which is what a quota does.
    """
    folder.mkdir()
    if can_do("mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)):
        try:
            ballast = folder / BALLAST
            yield Disk(folder, lambda: _fill(ballast), ballast.unlink)
        finally:
            subprocess.run(("umount", "--lazy", str(folder)), check=True)
        return
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def spoil() -> None:
        largest = max(file.stat().st_size for file in folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))

    def heal() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    try:
        yield Disk(folder, spoil, heal)
    finally:
        heal()


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\1" * size):
                    pass
            except OSError:  # it is full for pieces of that size
                continue


async def until_nothing_fits(store: Store) -> None:
    """Write until not even the smallest thing can be kept: logs have room of their own."""
    number = 0
    for value in ("x" * 3_000, None):
        try:
            while True:
                number += 1
                async with store.transaction() as tx:
                    if value is None:
                        await updates.beat(tx, name="ready", at=A_TUESDAY)
                    else:
                        await updates.learn(tx, name=f"filler {number}", value=value)
        except StoreUnavailable:
            continue


@contextmanager
def failing_disk(folder: Path, image: Path) -> Iterator[Disk | None]:
    """Give a disk that the kernel makes read-only as it does after an error; None if we may not.

    It heals as real ones do: unmounted, checked, and mounted again.
    """
    folder.mkdir()
    image.write_bytes(b"")
    with image.open("r+b") as file:
        file.truncate(MEGABYTES << 20)
    mounting = ("mount", "-o", "loop,errors=remount-ro", str(image), str(folder))
    if not can_do("mkfs.ext4", "-q", "-F", str(image)) or not can_do(*mounting):
        yield None
        return
    source = subprocess.run(
        ("findmnt", "-n", "-o", "SOURCE", str(folder)), capture_output=True, text=True, check=True
    )
    trigger = Path("/sys/fs/ext4") / Path(source.stdout.strip()).name / "trigger_fs_error"

    def heal() -> None:
        subprocess.run(("umount", str(folder)), check=True)
        subprocess.run(("e2fsck", "-p", "-f", str(image)), capture_output=True, check=False)
        subprocess.run(mounting, check=True)

    try:
        yield Disk(folder, lambda: _write(trigger), heal)
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


def _write(trigger: Path) -> None:
    trigger.write_text("1")
