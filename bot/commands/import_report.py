"""What ``attune import`` prints about a file: one JSON object, or the same as text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alliance.calendar.recurrence import parse_rule
from alliance.files.changes import GroupAdded, PersonAdded, count_by_effect
from alliance.files.contents import DateInFile, FileContents, SeriesInFile
from alliance.files.counts import Counts
from alliance.files.drafts import DryRun
from alliance.files.findings import Finding
from alliance.files.requests import FileRequests, MembershipRequest
from handlers.calendar.plan_screens import recurrence_text
from handlers.files import screens
from handlers.files.view import FileView
from handlers.files.wording import event_words, finding_line
from handlers.texts import say

LANGUAGE = "en"
NOBODY = "?"
"""Stands for an owner that the file does not name."""

MAX_UNASSIGNED = 20
"""So many events that name nobody are listed as text; all of them are in the JSON."""

Json = dict[str, Any]
EMPTY = FileContents((), (), ())


@dataclass(slots=True)
class ImportReport:
    """What is known about a file.

    Attributes:
        counts: How much of it was understood.
        findings: What is wrong, or to be known, as lines of the JSON.
        view: The file with the current state; None if nothing in it could be used.
        run: What it would do.
        contents: What it contains.
        links: Code to one-time link of everybody who was invited.
        is_applied: Whether it was applied.
    """

    counts: Counts
    findings: list[Json]
    view: FileView | None = None
    run: DryRun | None = None
    contents: FileContents = EMPTY
    links: Mapping[str, str] = field(default_factory=dict)
    is_applied: bool = False

    @property
    def exit_code(self) -> int:
        """0 understood whole, 1 in part, 2 not at all."""
        has_errors = any(one["severity"] == "error" for one in self.findings)
        if not self.counts.understood and (has_errors or self.counts.not_understood):
            return 2
        return int(bool(has_errors or self.counts.not_understood))

    def as_json(self) -> Json:
        """Return what other programs read."""
        return {
            "series": [_series(one) for one in self.contents.series],
            "dates": [_date(one) for one in self.contents.dates],
            "absences": [
                {
                    "who": one.owner,
                    "from": one.away.first_day.isoformat(),
                    "to": one.away.last_day.isoformat(),
                }
                for one in self.contents.absences
            ],
            "people": self._people(),
            "groups": self._groups(),
            "findings": self.findings,
            "counts": {
                "in_file": self.counts.in_file,
                "understood": self.counts.understood,
                "not_understood": self.counts.not_understood,
            },
        }

    @property
    def _wanted(self) -> FileRequests:
        wanted = None if self.view is None else self.view.file.draft.wanted
        return wanted or FileRequests()

    def _people(self) -> list[Json]:
        changes = () if self.run is None else self.run.changes
        new = {one.code for one in changes if isinstance(one, PersonAdded)}
        return [
            {
                "code": person.code,
                "role": person.role,
                "therapists": None if person.therapists is None else list(person.therapists),
                "is_new": person.code in new,
                "link": self.links.get(person.code),
            }
            for person in self._wanted.people
        ]

    def _groups(self) -> list[Json]:
        changes = () if self.run is None else self.run.changes
        new = {one.code for one in changes if isinstance(one, GroupAdded)}
        codes = [group.code for group in self._wanted.groups]
        codes += [one.group for one in self._wanted.memberships]
        return [
            {
                "code": code,
                "is_new": code in new,
                "members": _codes(self._wanted.memberships, code, leads=False),
                "leaders": _codes(self._wanted.memberships, code, leads=True),
            }
            for code in dict.fromkeys(codes)
        ]

    def lines(self) -> Iterator[str]:
        """Yield the same as text."""
        printed = self.as_json()
        yield from _section("Series", [_series_line(one) for one in printed["series"]])
        yield from _section("Single sessions and changed dates", _date_lines(printed["dates"]))
        away = [
            f"{one['who'] or NOBODY}  {one['from']} to {one['to']}" for one in printed["absences"]
        ]
        yield from _section("Absences", away)
        yield from _section("People", [_person_line(one) for one in printed["people"]])
        yield from _section("Groups", [_group_line(one) for one in printed["groups"]])
        yield from _section("Findings", [_finding_line(one) for one in self.findings])
        yield from self._outcome()

    def _outcome(self) -> Iterator[str]:
        """Yield the changes as the chat shows them, how much was understood, and what was done."""
        if self.view is not None and self.run is not None:
            changes = replace(self.run, errors=(), notes=())
            yield from _section("Changes", screens.dry_run_lines(self.view.file_context, changes))
        counts = self.counts
        yield (
            f"In the file: {counts.in_file} · understood: {counts.understood}"
            f" · not understood: {counts.not_understood}"
        )
        if self.is_applied and self.run is not None:
            made = count_by_effect(self.run.changes)
            yield "Applied. New: {added} · changed: {changed} · ended: {ended}".format(**made)
            if self.run.open_events:
                yield (
                    f"Left out, because they name nobody: {len(self.run.open_events)}."
                    " Send the file to the bot's chat to say whose they are."
                )
        elif self.view is not None and self.run is not None:
            yield screens.counts_text(self.view.file_context, self.run, {})
        for code, link in self.links.items():
            yield f"{code}  {link}"


def findings_of(view: FileView, run: DryRun) -> list[Json]:
    """Return everything that is wrong or to be known, by line."""
    found = [finding(one, "error") for one in run.errors]
    found += [finding(one, "warning") for one in run.unread]
    found += [finding(one, "note") for one in run.notes]
    for event in run.open_events:
        words = event_words(LANGUAGE, replace(event, line=0), view.file_context.defaults)
        names = f" It names several codes: {', '.join(event.codes)}" if event.codes else ""
        found.append(_line(event.line, "question", f"Whose is this event? {words}.{names}"))
    if run.left_out:
        found.append(finding(Finding(0, "left_out", {"count": str(run.left_out)}), "note"))
    if run.missing:
        found.append(finding(Finding(0, "missing", {"count": str(len(run.missing))}), "note"))
    return sorted(found, key=lambda one: int(one["line"]))


def finding(of: Finding, severity: str) -> Json:
    """Return one finding: error, warning (left out, as it was not understood), question, note."""
    return _line(of.line, severity, finding_line(LANGUAGE, replace(of, line=0)))


def refusal(key: str, values: Mapping[str, str]) -> Json:
    """Return why a whole file was refused."""
    return _line(0, "error", say(LANGUAGE, key, **values))


def _line(line: int, severity: str, sentence: str) -> Json:
    return {"line": line, "severity": severity, "sentence": sentence}


def _codes(memberships: Iterable[MembershipRequest], group: str, *, leads: bool) -> list[str]:
    return [one.code for one in memberships if (one.group, one.leads) == (group, leads)]


def _series(one: SeriesInFile) -> Json:
    rule = parse_rule(one.series.rule)
    words = recurrence_text(LANGUAGE, rule)
    if rule.until is not None:
        words += f", until {rule.until.isoformat()}"
    if rule.count is not None:
        words += f", {rule.count} sessions"
    return {
        "who": one.owner,
        "rule": words,
        "zone": one.series.zone,
        "starts": [start.isoformat(timespec="minutes") for start in one.starts],
    }


def _date(one: DateInFile) -> Json:
    start = one.start.isoformat(timespec="minutes")
    return {"who": one.owner, "start": start, "became": one.became}


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield title
        yield from (f"  {line}" for line in lines)
        yield ""


def _series_line(one: Json) -> str:
    starts = ", ".join(start.replace("T", " ") for start in one["starts"])
    return f"{one['who'] or NOBODY}  {one['rule']} ({one['zone']}): {starts or 'none'}"


def _date_lines(dates: Sequence[Json]) -> list[str]:
    """Return the single sessions; of many that name nobody, only the first."""
    assigned = [one for one in dates if one["who"] is not None]
    unassigned = [one for one in dates if one["who"] is None]
    lines = [
        f"{one['who'] or NOBODY}  {one['start'].replace('T', ' ')}  {one['became']}"
        for one in (*assigned, *unassigned[:MAX_UNASSIGNED])
    ]
    hidden = len(unassigned) - MAX_UNASSIGNED
    return [*lines, f"… and {hidden} more that name nobody"] if hidden > 0 else lines


def _person_line(one: Json) -> str:
    words = [f"{one['code']}  {'new ' if one['is_new'] else ''}{one['role']}"]
    if one["therapists"]:
        words.append(f"looked after by {', '.join(one['therapists'])}")
    return ", ".join(words)


def _group_line(one: Json) -> str:
    words = [f"{one['code']}  {'new group' if one['is_new'] else 'group'}"]
    words += [f"{name}: {', '.join(one[name])}" for name in ("members", "leaders") if one[name]]
    return "; ".join(words)


def _finding_line(one: Json) -> str:
    where = f"Line {one['line']} · " if one["line"] else ""
    return f"{where}{one['severity']}: {one['sentence']}"
