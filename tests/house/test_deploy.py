"""What a site installs: files that parse, and that speak of metrics and settings that exist."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bot.config.settings import Settings
from bot.config.settings_reading import PREFIX
from bot.web.metrics import Counted, Signs
from storage.figures.operational import Vitals
from tests.stories.clinic import A_TUESDAY

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(DEPLOY.iterdir())


def exported() -> set[str]:
    """Return the name of every metric that ``/metrics`` shows."""
    signs, own = Signs(), CollectorRegistry()
    nothing = Vitals({"prompt": 1}, None, 0, 0, None, 0, None, 0, 0)
    own.register(Counted(nothing, signs, A_TUESDAY))
    text = (generate_latest(signs.registry) + generate_latest(own)).decode()
    return set(re.findall(r"^(attune_\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["grafana-dashboard.json", "prometheus-rules.yaml"])
def test_every_metric_that_is_watched_exists(name: str) -> None:
    """A dashboard or a rule over a metric that nobody exports would stay silent for ever."""
    used = set(re.findall(r"attune_\w+", (DEPLOY / name).read_text()))
    assert used
    assert used <= exported()


def test_the_dashboard_is_json_with_panels() -> None:
    """Grafana can import it."""
    assert len(json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]) >= 6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_deployed_exists(path: Path) -> None:
    """A name that the program does not know would make it refuse to start."""
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    used = set(re.findall(r"ATTUNE_[A-Z_]+", path.read_text()))
    assert used <= known
