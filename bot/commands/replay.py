"""``attune replay`` and ``attune calibrate``: run the detector on existing sessions."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from alliance.checkins.instruments import Instrument, instrument, read_instrument
from alliance.errors import BadSettings
from alliance.files.tables.csv_export import csv_lines
from alliance.rupture import Detector, Verdict, replay_observations
from alliance.rupture.calibration import Calibration, describe_calibration, find_threshold
from alliance.rupture.replay import OUTPUT_COLUMNS, ReplaySummary, ReplayVerdict
from alliance.rupture.replay import replay as replay_rows
from alliance.rupture.replay_table import Understood
from bot.commands.replay_input import print_understood, read_sessions
from bot.config.clock import Clock
from bot.config.detectors import Detectors, known_thresholds, threshold_key
from bot.config.settings import Settings
from storage.caseload import courses
from storage.caseload.courses import CourseKey
from storage.database import internal_heartbeats, key_values
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.maintenance.migrate import check_database

BAR_WIDTH = 40
BAR_EVERY_SECONDS = 0.2


async def replay(settings: Settings, options: argparse.Namespace) -> int:
    """``attune replay FILE.csv``: print the alerts that the detector would have raised."""
    used = _instrument(options.instrument or settings.instrument)
    rows, understood = read_sessions(options, used)
    print_understood(understood)
    site = settings.detection_settings()
    detectors = Detectors(
        options.detector or settings.detector,
        replace(site, budget=options.budget or site.budget),
        {},
    )
    bar = _ProgressBar(len(rows))
    verdicts, summary = replay_rows(
        rows, detector=detectors(used), instrument=used, progress=bar.show
    )
    bar.end()
    if options.out:
        _write(Path(options.out), verdicts)
    try:
        _print_result(verdicts, summary, understood, options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, e.g. `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _instrument(name: str) -> Instrument:
    """Return the instrument with an id, or the one in a file."""
    return read_instrument(Path(name)) if name.endswith(".toml") else instrument(name)


def _write(path: Path, verdicts: Iterable[ReplayVerdict]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(csv_lines([OUTPUT_COLUMNS, *(row.cells() for row in verdicts)]))
    except OSError as error:
        raise BadSettings(f"{path} cannot be written: {error}") from None


def _print_result(
    verdicts: list[ReplayVerdict],
    summary: ReplaySummary,
    understood: Understood,
    options: argparse.Namespace,
) -> None:
    if options.json:
        result: dict[str, object] = {
            "understood": asdict(understood),
            "summary": summary._asdict(),
        }
        if not options.out:
            result["rows"] = [row._asdict() for row in verdicts]
        print(json.dumps(result))
        return
    if not options.out:
        for row in verdicts:
            if row.alert:
                print(f"{row.patient} session {row.session}: {row.sentence}")
    print(
        f"{summary.patients} patients, {summary.sessions} sessions, {summary.verdicts} verdicts, "
        f"{summary.alerts} alerts: {summary.alerts_per_100:.1f} per 100 sessions."
    )


class _ProgressBar:
    """A progress bar on standard error, redrawn a few times a second."""

    def __init__(self, total: int) -> None:
        self._total = max(1, total)
        self._drawn_at = 0.0

    def show(self, done: int) -> None:
        """Draw the progress."""
        now = time.monotonic()
        if now - self._drawn_at >= BAR_EVERY_SECONDS or done == self._total:
            self._drawn_at = now
            filled = BAR_WIDTH * done // self._total
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            print(f"\r[{bar}] {done}/{self._total}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """End the line of the bar."""
        print(file=sys.stderr)


async def calibrate(settings: Settings, options: argparse.Namespace) -> int:
    """``attune calibrate``: find a threshold from the site's sessions; --apply saves it."""
    used = instrument(settings.instrument)
    store = await open_database(
        settings.database, encryption=settings.encryption(), checkpoint=False
    )
    try:
        async with store.read_transaction() as tx:
            await check_database(tx)
        thresholds = await known_thresholds(store)
        detector = Detectors(settings.detector, settings.detection_settings(), thresholds)(used)
        verdicts = await _all_verdicts(store, detector, used)
        calibration = find_threshold(
            verdicts, threshold_now=detector.threshold, wanted=options.alerts
        )
        print(describe_calibration(calibration))
        if options.apply:
            await _apply(store, detector, used, calibration)
            print("Saved. It takes effect at the next start of `attune run`.")
        else:
            print("Dry run: nothing has changed; use --apply to save the threshold.")
    finally:
        await store.close()
    return 0


async def _all_verdicts(
    store: Store, detector: Detector, used: Instrument
) -> list[tuple[Verdict | None, ...]]:
    async with store.read_transaction() as tx:
        all_verdicts = []
        for patient_id in await courses.patients_with_course(tx):
            course = await courses.steps_of(tx, CourseKey(patient_id, used.id))
            _, verdicts = replay_observations(detector, [step.observation for step in course])
            all_verdicts.append(verdicts)
    return all_verdicts


async def _apply(
    store: Store, detector: Detector, used: Instrument, calibration: Calibration
) -> None:
    async with store.transaction() as tx:
        await key_values.set_value(
            tx, name=threshold_key(detector.name, used.id), value=repr(calibration.threshold)
        )
        await internal_heartbeats.record_heartbeat(tx, name="calibrated", at=Clock().now())
