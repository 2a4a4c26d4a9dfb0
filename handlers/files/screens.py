"""What a coordinator sees of a file: its dry run, whose its events are, and the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance.calendar.timetable import SiteDefaults
from alliance.files.changes import count_by_effect
from alliance.files.drafts import DryRun
from alliance.files.findings import Finding
from alliance.files.parsed_calendar import CalendarEvent
from handlers.app.screen import Button, Screen, in_rows
from handlers.files.wording import CodeFormatter, change_line, event_words, finding_line
from handlers.taps import FileTap, pack
from handlers.texts import say

MAX_PAGE_CHARS = 3_300
"""For the lines of one page: with the words above and below, a message fits into 4,096."""

CODES_PER_PAGE = 32
CODES_IN_A_ROW = 4
FINGERPRINT_DIGITS = 12
"""Digits of a dry run's fingerprint that a button carries."""


@dataclass(frozen=True, slots=True)
class FileContext:
    """How one file is shown.

    Attributes:
        import_id: Of the file.
        language: Of the coordinator who looks at it.
        defaults: The site's, for what a plan leaves open.
        format_code: Marks the code of a test patient.
    """

    import_id: str
    language: str
    defaults: SiteDefaults
    format_code: CodeFormatter

    def say(self, key: str, **values: object) -> str:
        """Return words in the coordinator's language."""
        return say(self.language, key, **values)

    def button(self, label: str, verb: str, value: str = "-") -> Button:
        """Return a button that does something with this file."""
        return Button(label, pack(FileTap(self.import_id, verb, value)))


def dry_run(
    file: FileContext, run: DryRun, *, chosen: Mapping[str, str], page: int = 0, head: str = ""
) -> Screen:
    """Return what a file would do: counts, lines in pages, and the button that applies it.

    Args:
        file: The file.
        run: What it would do.
        chosen: Key of an event to the code that the coordinator has assigned for this file.
        page: Which page of the lines, from 0.
        head: Words above everything else.
    """
    pages = _pages(dry_run_lines(file, run))
    page = min(max(page, 0), len(pages) - 1)
    text = "\n\n".join(part for part in (head, counts_text(file, run, chosen), pages[page]) if part)
    rows: list[tuple[Button, ...]] = []
    if not run.errors and (run.changes or chosen):
        rows.append(
            (file.button(file.say("file.apply"), "apply", run.fingerprint[:FINGERPRINT_DIGITS]),)
        )
    if run.open_events:
        label = file.say("file.whose", count=len(run.open_events))
        rows.append((file.button(label, "whose"),))
    if run.missing:
        key = "file.keep_missing" if run.ends_missing else "file.end_missing"
        label = file.say(key, count=len(run.missing))
        rows.append((file.button(label, "missing", "0" if run.ends_missing else "1"),))
    rows += _page_buttons(file, page, len(pages))
    if run.needs_decision or chosen:
        rows.append((file.button(file.say("file.drop"), "drop"),))
    return Screen(text, tuple(rows))


def counts_text(file: FileContext, run: DryRun, chosen: Mapping[str, str]) -> str:
    """Return in counts what the file would do."""
    lines = [file.say("file.trial")]
    if run.errors:
        lines.append(file.say("file.has_errors", count=len(run.errors)))
    elif run.changes:
        lines.append(file.say("file.counts", **count_by_effect(run.changes)))
    else:
        lines.append(file.say("file.nothing_new"))
    if run.open_events:
        lines.append(file.say("file.open_events", count=len(run.open_events)))
    if run.left_out:
        lines.append(file.say("file.left_out", count=run.left_out))
    if chosen:
        lines.append(file.say("file.chosen", count=len(chosen)))
    if run.missing and not run.ends_missing:
        lines.append(file.say("file.missing", count=len(run.missing)))
    return "\n".join(lines)


def dry_run_lines(file: FileContext, run: DryRun) -> list[str]:
    """Return errors, notes and changes in words, one line each."""
    language = file.language
    lines = [f"✗ {finding_line(language, error)}" for error in _by_line(run.errors)]
    lines += [f"! {finding_line(language, note)}" for note in _by_line(run.notes)]
    lines += [
        f"· {change_line(language, change, file.defaults, file.format_code)}"
        for change in run.changes
    ]
    return lines


def _by_line(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.line)


def _pages(lines: Sequence[str]) -> list[str]:
    pages = [""]
    for line in lines:
        if pages[-1] and len(pages[-1]) + len(line) + 1 > MAX_PAGE_CHARS:
            pages.append("")
        pages[-1] = f"{pages[-1]}\n{line}" if pages[-1] else line
    return pages


def _page_buttons(file: FileContext, page: int, pages: int) -> list[tuple[Button, ...]]:
    """Return the row that turns pages; none if there is only one page."""
    row = []
    if page > 0:
        row.append(file.button("←", "page", str(page - 1)))
    if page < pages - 1:
        label = file.say("file.more", page=page + 2, pages=pages)
        row.append(file.button(label, "page", str(page + 1)))
    return [tuple(row)] if row else []


def invalid_file(language: str, findings: Sequence[Finding]) -> Screen:
    """Return what is wrong with a file that cannot be read; nothing of it is stored."""
    lines = [say(language, "file.broken", count=len(findings))]
    for number, finding in enumerate(_by_line(findings)):
        line = f"✗ {finding_line(language, finding)}"
        if sum(len(shown) + 1 for shown in lines) + len(line) > MAX_PAGE_CHARS:
            lines.append(say(language, "file.and_more", count=len(findings) - number))
            break
        lines.append(line)
    return Screen("\n".join(lines))


def owner_choice(
    file: FileContext, event: CalendarEvent, *, of: int, codes: Sequence[str], page: int = 0
) -> Screen:
    """Return the question whose an event is, if it names nobody here.

    Args:
        file: The file.
        event: The first open event.
        of: The number of open events.
        codes: Whose it may be, the likeliest first.
        page: Which page of the codes, from 0.
    """
    words = event_words(file.language, event, file.defaults)
    text = file.say("file.whose_is", count=of, event=words)
    if len(event.codes) > 1:
        named = ", ".join(file.format_code(code) for code in event.codes)
        text += "\n" + file.say("file.names_several", codes=named)
    pages = max(1, -(-len(codes) // CODES_PER_PAGE))
    page = min(max(page, 0), pages - 1)
    shown = codes[page * CODES_PER_PAGE : (page + 1) * CODES_PER_PAGE]
    line = str(event.line)
    buttons = [file.button(file.format_code(code), "is", f"{line}:{code}") for code in shown]
    arrows = [file.button("←", "whose", str(page - 1))] if page > 0 else []
    arrows += [file.button("→", "whose", str(page + 1))] if page < pages - 1 else []
    rows = [*in_rows(buttons, CODES_IN_A_ROW), *([tuple(arrows)] if arrows else [])]
    rows.append((file.button(file.say("file.not_ours"), "foreign", line),))
    if of > 1:
        rows.append((file.button(file.say("file.none_ours", count=of), "foreign", "all"),))
    rows.append((file.button(file.say("file.back"), "page", "0"),))
    return Screen(text, tuple(rows))


def applied_notice(file: FileContext, counts: Mapping[str, int], invited: int) -> Screen:
    """Return the result of applying a file."""
    text = file.say("file.done", **counts)
    if not invited:
        return Screen(text)
    text += "\n\n" + file.say("file.links_come", count=invited)
    return Screen(text, ((file.button(file.say("file.links_again"), "links"),),))


def discarded_notice(language: str) -> Screen:
    """Return the notice that a file was discarded."""
    return Screen(say(language, "file.dropped"))
