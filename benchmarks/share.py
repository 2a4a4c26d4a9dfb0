"""A share of a core for each process, so that one machine stands for several small ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
PERIOD_US = 10_000
"""Short, so that a process that has used its share waits milliseconds and not a tenth of a second.
"""


@contextmanager
def shared_out(pids: Sequence[int], percent: int) -> Iterator[None]:
    """Let each of the processes use so much of a core and no more, for a while.

    Args:
        pids: The processes.
        percent: Of one core, 1 to 100.

    Raises:
        SystemExit: The kernel does not let us; it takes root and control groups, of either version.
    """
    quota = PERIOD_US * percent // 100
    is_second = (GROUPS / "cgroup.controllers").exists()
    parent = GROUPS if is_second else GROUPS / "cpu"
    made: list[Path] = []
    try:
        for pid in pids:
            group = parent / f"attune-benchmark-{pid}"
            group.mkdir()
            made.append(group)
            if is_second:
                (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            (group / "cgroup.procs").write_text(str(pid))
        yield
    except OSError as failed:
        raise SystemExit(f"--share needs root and control groups ({failed.strerror}).") from failed
    finally:
        for pid, group in zip(pids, made, strict=False):
            _leave(parent, pid)
            group.rmdir()


def _leave(parent: Path, pid: int) -> None:
    try:
        (parent / "cgroup.procs").write_text(str(pid))
    except ProcessLookupError:
        return  # it has ended, and left its group with that
