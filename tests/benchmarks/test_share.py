"""A share of a core is given where the kernel lets us, and refused in a sentence elsewhere."""

import os
from pathlib import Path

import pytest

from benchmarks import share


def test_without_control_groups_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No figure is made that only looks as if each worker had had its share."""
    monkeypatch.setattr(share, "GROUPS", tmp_path)
    with (
        pytest.raises(SystemExit, match="--share needs root and control groups"),
        share.shared_out([os.getpid()], 20),
    ):
        pytest.fail("there are no control groups here")
