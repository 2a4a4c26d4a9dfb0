"""Limit each process to a share of a core, so that one machine simulates several small ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
PERIOD_US = 10_000
"""Short, so that a process that has used its share waits for milliseconds only."""


@contextmanager
def limit_cpu(pids: Sequence[int], percent: int) -> Iterator[None]:
    """Limit each process to a share of a core until the block ends.

    Args:
        pids: The processes.
        percent: Percent of one core, 1 to 100.

    Raises:
        SystemExit: Not permitted; this needs root and control groups, version 1 or 2.
    """
    quota = PERIOD_US * percent // 100
    is_version_2 = (GROUPS / "cgroup.controllers").exists()
    parent = GROUPS if is_version_2 else GROUPS / "cpu"
    groups: list[Path] = []
    try:
        for pid in pids:
            group = parent / f"attune-benchmark-{pid}"
            group.mkdir()
            groups.append(group)
            if is_version_2:
                (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            (group / "cgroup.procs").write_text(str(pid))
        yield
    except OSError as error:
        raise SystemExit(f"--share needs root and control groups ({error.strerror}).") from error
    finally:
        for pid, group in zip(pids, groups, strict=False):
            _leave(parent, pid)
            group.rmdir()


def _leave(parent: Path, pid: int) -> None:
    try:
        (parent / "cgroup.procs").write_text(str(pid))
    except ProcessLookupError:
        return  # it has ended, and with that left its group
