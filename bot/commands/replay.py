"""``attune replay`` and ``attune calibrate``: the detector on existing data, and on one's own."""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from alliance.checkins.instruments import Instrument, instrument, read_instrument
from alliance.errors import BadSettings
from alliance.files.tables.csv_export import lines
from alliance.rupture import Detector, Verdict, replayed
from alliance.rupture.calibration import Calibration, calibrated, dry_run
from alliance.rupture.replay import OUTPUT, BadRows, Row, Said, Summary, read_rows
from alliance.rupture.replay import replay as replay_rows
from bot.config.clock import Timepiece
from bot.config.detectors import Detectors, threshold_fact
from bot.config.settings import Settings
from storage.caseload import courses
from storage.database import updates
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.maintenance.migrate import check_database

BAR_WIDTH = 40
BAR_EVERY_SECONDS = 0.2


async def replay(settings: Settings, options: argparse.Namespace) -> int:
    """``attune replay FILE.csv``: what the detector would have said."""
    asked = _instrument(options.instrument or settings.instrument)
    rows = _read(Path(options.file), asked)
    site = settings.detection()
    chosen = replace(site, budget=options.budget or site.budget)
    detectors = Detectors(options.detector or settings.detector, chosen, {})
    bar = _Bar(len(rows))
    said, summary = replay_rows(
        rows, detector=detectors(asked), instrument=asked, progress=bar.show
    )
    bar.end()
    if options.out:
        _write(Path(options.out), said)
    try:
        _tell(said, summary, options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads, `head` perhaps, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _instrument(name: str) -> Instrument:
    """Return the instrument of an id, or that of a file."""
    return read_instrument(Path(name)) if name.endswith(".toml") else instrument(name)


def _read(path: Path, asked: Instrument) -> list[Row]:
    """Return the rows of a file; a BadSettings sentence when it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="too many cells", strict=True)
            rows = ((reader.line_num, row) for row in reader)
            return read_rows(reader.fieldnames or [], rows, asked)
    except (OSError, UnicodeDecodeError, csv.Error) as unreadable:
        raise BadSettings(f"{path} cannot be read as UTF-8 CSV: {unreadable}") from None
    except BadRows as bad:
        raise BadSettings(f"{path} was not replayed.\n{bad}") from None


def _write(path: Path, said: Iterable[Said]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(lines([OUTPUT, *(row.cells() for row in said)]))
    except OSError as refused:
        raise BadSettings(f"{path} cannot be written: {refused}") from None


def _tell(said: list[Said], summary: Summary, options: argparse.Namespace) -> None:
    if options.json:
        told: dict[str, object] = {"summary": summary._asdict()}
        if not options.out:
            told["rows"] = [row._asdict() for row in said]
        print(json.dumps(told))
        return
    if not options.out:
        for row in said:
            if row.alert:
                print(f"{row.patient} session {row.session}: {row.sentence}")
    print(
        f"{summary.patients} patients, {summary.sessions} sessions, {summary.verdicts} verdicts, "
        f"{summary.alerts} alerts: {summary.alerts_per_100:.1f} per 100 sessions."
    )


class _Bar:
    """A progress bar on standard error, drawn a few times a second."""

    def __init__(self, total: int) -> None:
        self._total = max(1, total)
        self._drawn = 0.0

    def show(self, done: int) -> None:
        """Draw how far it is."""
        now = time.monotonic()
        if now - self._drawn >= BAR_EVERY_SECONDS or done == self._total:
            self._drawn = now
            filled = BAR_WIDTH * done // self._total
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            print(f"\r[{bar}] {done}/{self._total}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Go to the next line."""
        print(file=sys.stderr)


async def calibrate(settings: Settings, options: argparse.Namespace) -> int:
    """``attune calibrate``: a threshold from one's own sessions; only shown without --apply."""
    asked = instrument(settings.instrument)
    store = await open_database(settings.database, sealing=settings.sealing(), checkpoint=False)
    try:
        async with store.reading() as tx:
            await check_database(tx)
        thresholds = await known_thresholds(store)
        detector = Detectors(settings.detector, settings.detection(), thresholds)(asked)
        verdicts = await _all_verdicts(store, detector, asked)
        found = calibrated(verdicts, threshold_now=detector.threshold, wanted=options.alerts)
        print(dry_run(found))
        if options.apply:
            await _apply(store, detector, asked, found)
            print("Kept. It holds from the next start of `attune run` on.")
        else:
            print("Nothing was changed; --apply keeps it.")
    finally:
        await store.close()
    return 0


async def known_thresholds(store: Store) -> dict[str, float]:
    """Return what was calibrated before: the fact's name to the threshold."""
    async with store.reading() as tx:
        facts = await updates.recall_all(tx, "threshold:")
    return {name: float(value) for name, value in facts.items()}


async def _all_verdicts(
    store: Store, detector: Detector, asked: Instrument
) -> list[tuple[Verdict | None, ...]]:
    async with store.reading() as tx:
        found = []
        for patient_id in await courses.patients_with_course(tx):
            course = await courses.course_of(tx, patient_id=patient_id, instrument=asked.id)
            _, verdicts = replayed(detector, [step.observation for step in course])
            found.append(verdicts)
    return found


async def _apply(store: Store, detector: Detector, asked: Instrument, found: Calibration) -> None:
    async with store.transaction() as tx:
        await updates.learn(
            tx, name=threshold_fact(detector.name, asked.id), value=repr(found.threshold)
        )
        await updates.beat(tx, name="calibrated", at=Timepiece().now())
