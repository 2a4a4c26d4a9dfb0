"""What Prometheus may know: counts, ages and durations of this process and its database."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from storage.figures.operational import Vitals

UPDATE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TICK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0)


@dataclass(slots=True)
class Signs:
    """The signs of life of one process; times are of the monotonic clock.

    Attributes:
        heard_at: When Telegram last answered a poll, or sent an update.
        ticked_at: When the clock's last tick ended.
        rivalled_at: When another program last fetched this bot's updates; None for never.
        is_damaged: Whether a part of the database could not be read.
        updates: Seconds from an update's arrival until its effect was on disk.
        ticks: Seconds that a tick took.
        left_out: Updates that were left out because their account sent too many.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    heard_at: float = field(default_factory=time.monotonic)
    ticked_at: float = field(default_factory=time.monotonic)
    rivalled_at: float | None = None
    is_damaged: bool = False
    updates: Histogram = field(init=False)
    ticks: Histogram = field(init=False)
    left_out: Counter = field(init=False)

    def __post_init__(self) -> None:
        """Make what counts in a registry of its own: tests run many bots."""
        self.updates = Histogram(
            "attune_update_seconds",
            "From an update's arrival until its effect is on disk",
            buckets=UPDATE_BUCKETS,
            registry=self.registry,
        )
        self.ticks = Histogram(
            "attune_tick_seconds",
            "How long a tick takes",
            buckets=TICK_BUCKETS,
            registry=self.registry,
        )
        self.left_out = Counter(
            "attune_updates_left_out",
            "Updates left out because one account sent too many",
            registry=self.registry,
        )

    def heard(self) -> None:
        """Note that Telegram answered."""
        self.heard_at = time.monotonic()

    def stood_by(self) -> None:
        """Note that the clock knocked, and that another worker ticks."""
        self.ticked_at = time.monotonic()

    def rivalled(self) -> None:
        """Note that another program fetches this bot's updates."""
        self.rivalled_at = time.monotonic()

    def ticked(self, seconds: float) -> None:
        """Note a tick that has ended."""
        self.ticked_at = time.monotonic()
        self.ticks.observe(seconds)


class Counted(Collector):
    """The database's vitals as metrics, as they were at ``now``."""

    def __init__(self, vitals: Vitals, signs: Signs, now: datetime) -> None:
        self._vitals = vitals
        self._signs = signs
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Yield every metric."""
        vitals, ticks = self._vitals, time.monotonic()
        waiting = GaugeMetricFamily(
            "attune_letters_waiting", "Letters that could leave now", labels=["kind"]
        )
        for kind, number in sorted(vitals.letters.items()):
            waiting.add_metric([kind], number)
        yield waiting
        for name, says, value in (
            ("letter_age_seconds", "Age of the oldest waiting letter", vitals.oldest_letter),
            ("alert_age_seconds", "Age of the oldest alert nobody has seen", vitals.oldest_alert),
            ("tick_lateness_seconds", "How late the latest check-in is", vitals.oldest_overdue),
        ):
            yield GaugeMetricFamily(f"attune_{name}", says, value=self._age(value))
        for name, says, level in (
            ("alerts_unseen", "Alerts that nobody has seen", vitals.alerts_unseen),
            ("checkins_overdue", "Check-ins due whose question is not posted", vitals.overdue),
            ("links_guessed", "Links that do not exist, tried within a day", vitals.failed_links),
            ("heard_age_seconds", "Since Telegram last answered", ticks - self._signs.heard_at),
            ("ticked_age_seconds", "Since the last tick ended", ticks - self._signs.ticked_at),
        ):
            yield GaugeMetricFamily(f"attune_{name}", says, value=level)
        for name, says, number in (
            ("letters_failed", "Letters that could not be delivered", vitals.failed_letters),
            ("updates_set_aside", "Updates that no handler could take", vitals.set_aside),
        ):
            yield CounterMetricFamily(f"attune_{name}", says, value=number)

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._now - since).total_seconds())
