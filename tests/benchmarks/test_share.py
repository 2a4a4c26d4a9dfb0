"""A CPU share is applied if the kernel allows it, and refused with a clear message otherwise."""

import os
from pathlib import Path

import pytest

from benchmarks import share


def test_without_control_groups_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No result may falsely claim that each worker had its share."""
    monkeypatch.setattr(share, "GROUPS", tmp_path)
    with (
        pytest.raises(SystemExit, match="--share needs root and control groups"),
        share.limit_cpu([os.getpid()], 20),
    ):
        pytest.fail("there are no control groups here")
