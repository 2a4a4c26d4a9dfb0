"""Prometheus metrics: counts, ages and durations of this process and its database."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from storage.figures.operational import OperationalMetrics

UPDATE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TICK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0)


@dataclass(slots=True)
class ProcessStatus:
    """The status of one process; times are monotonic.

    Attributes:
        last_contact_at: When Telegram last answered a poll or sent an update.
        last_tick_at: When the scheduler's last tick ended.
        last_conflict_at: When another program last fetched this bot's updates; None: never.
        is_damaged: Whether a part of the database could not be read.
        update_seconds: Time from the arrival of an update until its effect is on disk.
        tick_seconds: Duration of a tick.
        dropped_updates: Updates that were dropped because their account sent too many.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    last_contact_at: float = field(default_factory=time.monotonic)
    last_tick_at: float = field(default_factory=time.monotonic)
    last_conflict_at: float | None = None
    is_damaged: bool = False
    update_seconds: Histogram = field(init=False)
    tick_seconds: Histogram = field(init=False)
    dropped_updates: Counter = field(init=False)

    def __post_init__(self) -> None:
        """Create the metrics in a separate registry, as tests run many bots."""
        self.update_seconds = Histogram(
            "attune_update_seconds",
            "Time from the arrival of an update until its effect is on disk",
            buckets=UPDATE_BUCKETS,
            registry=self.registry,
        )
        self.tick_seconds = Histogram(
            "attune_tick_seconds",
            "Duration of a tick",
            buckets=TICK_BUCKETS,
            registry=self.registry,
        )
        self.dropped_updates = Counter(
            "attune_updates_left_out",
            "Updates dropped because one account sent too many",
            registry=self.registry,
        )

    def record_contact(self) -> None:
        """Record that Telegram answered."""
        self.last_contact_at = time.monotonic()

    def record_standby(self) -> None:
        """Record a tick that another worker carries out."""
        self.last_tick_at = time.monotonic()

    def record_conflict(self) -> None:
        """Record that another program fetches this bot's updates."""
        self.last_conflict_at = time.monotonic()

    def record_tick(self, seconds: float) -> None:
        """Record a tick that has ended."""
        self.last_tick_at = time.monotonic()
        self.tick_seconds.observe(seconds)


class MetricsCollector(Collector):
    """The operational metrics of the database, as of ``now``."""

    def __init__(self, metrics: OperationalMetrics, status: ProcessStatus, now: datetime) -> None:
        self._metrics = metrics
        self._status = status
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Yield every metric."""
        metrics, monotonic = self._metrics, time.monotonic()
        waiting = GaugeMetricFamily(
            "attune_letters_waiting", "Messages that could be sent now", labels=["kind"]
        )
        for kind, number in sorted(metrics.waiting_messages.items()):
            waiting.add_metric([kind], number)
        yield waiting
        for name, help_text, value in (
            ("letter_age_seconds", "Age of the oldest waiting message", metrics.oldest_message),
            ("alert_age_seconds", "Age of the oldest unseen alert", metrics.oldest_alert),
            (
                "tick_lateness_seconds",
                "How late the most overdue check-in is",
                metrics.oldest_overdue,
            ),
        ):
            yield GaugeMetricFamily(f"attune_{name}", help_text, value=self._age(value))
        for name, help_text, level in (
            ("alerts_unseen", "Unseen alerts", metrics.alerts_unseen),
            ("checkins_overdue", "Due check-ins that are not in the outbox yet", metrics.overdue),
            ("links_guessed", "Invalid links tried within a day", metrics.failed_links),
            (
                "heard_age_seconds",
                "Time since Telegram last answered",
                monotonic - self._status.last_contact_at,
            ),
            (
                "ticked_age_seconds",
                "Time since the last tick ended",
                monotonic - self._status.last_tick_at,
            ),
        ):
            yield GaugeMetricFamily(f"attune_{name}", help_text, value=level)
        for name, help_text, number in (
            ("letters_failed", "Messages that could not be delivered", metrics.failed_messages),
            (
                "updates_set_aside",
                "Updates that no handler could process",
                metrics.updates_set_aside,
            ),
        ):
            yield CounterMetricFamily(f"attune_{name}", help_text, value=number)

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._now - since).total_seconds())
