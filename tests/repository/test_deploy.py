"""The files in ``deploy`` parse, and name only metrics and settings that exist."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bot.config.setting_names import PREFIX
from bot.config.settings import Settings
from bot.web.metrics import MetricsCollector, ProcessStatus
from storage.figures.operational import OperationalMetrics
from tests.paths import ROOT
from tests.stories.clinic import A_TUESDAY

DEPLOY = ROOT / "deploy"
FILES = sorted(DEPLOY.iterdir())


def exported() -> set[str]:
    """Return the name of every metric that ``/metrics`` shows."""
    status, own = ProcessStatus(), CollectorRegistry()
    nothing = OperationalMetrics({"prompt": 1}, None, 0, 0, None, 0, None, 0, 0)
    own.register(MetricsCollector(nothing, status, A_TUESDAY))
    text = (generate_latest(status.registry) + generate_latest(own)).decode()
    return set(re.findall(r"^(attune_\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["grafana-dashboard.json", "prometheus-rules.yaml"])
def test_every_monitored_metric_exists(name: str) -> None:
    """A rule about a metric that does not exist would never fire."""
    used = set(re.findall(r"attune_\w+", (DEPLOY / name).read_text()))
    assert used
    assert used <= exported()


def test_the_dashboard_is_json_with_panels() -> None:
    """Grafana can import it."""
    assert len(json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]) >= 6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_deployed_setting_exists(path: Path) -> None:
    """The program refuses to start with an unknown setting."""
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    used = set(re.findall(r"ATTUNE_[A-Z_]+", path.read_text()))
    assert used <= known
