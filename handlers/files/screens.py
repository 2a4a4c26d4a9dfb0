"""What a coordinator sees of a file: its dry run, whose its events are, and what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance.calendar.timetable import Defaults
from alliance.files.changes import counted
from alliance.files.drafts import DryRun
from alliance.files.findings import Finding
from alliance.files.parsed_calendar import Event
from handlers.app.screen import Button, Screen, in_rows
from handlers.files.wording import Shown, change_line, event_words, finding_line
from handlers.taps import FileTap, pack
from handlers.texts import say

MOST_LETTERS = 3_300
"""Of the lines on one page; head and foot come beside, and Telegram takes 4,096."""

CODES_AT_ONCE = 32
CODES_IN_A_ROW = 4
SHORT = 12
"""Digits of a fingerprint that a button carries."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One file as it is shown.

    Attributes:
        import_id: Which one.
        language: Of who looks at it.
        defaults: The site's, for what a plan leaves open.
        shown: How codes are written.
    """

    import_id: str
    language: str
    defaults: Defaults
    shown: Shown

    def say(self, key: str, **values: object) -> str:
        """Return words of a key."""
        return say(self.language, key, **values)

    def button(self, label: str, verb: str, value: str = "-") -> Button:
        """Return a button that does something with this file."""
        return Button(label, pack(FileTap(self.import_id, verb, value)))


def dry_run(
    shelf: Shelf, run: DryRun, *, chosen: Mapping[str, str], page: int = 0, head: str = ""
) -> Screen:
    """Return what a file would do: counts, lines in pages, and the tap that does it.

    Args:
        shelf: The file.
        run: What it would do.
        chosen: Whose events are, as the coordinator has said for this file.
        page: Which page of the lines, from 0.
        head: Words above all others.
    """
    pages = _pages(_lines(shelf, run))
    page = min(max(page, 0), len(pages) - 1)
    text = "\n\n".join(part for part in (head, _counts(shelf, run, chosen), pages[page]) if part)
    rows: list[tuple[Button, ...]] = []
    if not run.errors and (run.changes or chosen):
        rows.append((shelf.button(shelf.say("file.apply"), "apply", run.fingerprint[:SHORT]),))
    if run.open_events:
        label = shelf.say("file.whose", count=len(run.open_events))
        rows.append((shelf.button(label, "whose"),))
    if run.missing:
        key = "file.keep_missing" if run.ends_missing else "file.end_missing"
        label = shelf.say(key, count=len(run.missing))
        rows.append((shelf.button(label, "missing", "0" if run.ends_missing else "1"),))
    rows += _turning(shelf, page, len(pages))
    if run.is_open or chosen:
        rows.append((shelf.button(shelf.say("file.drop"), "drop"),))
    return Screen(text, tuple(rows))


def _counts(shelf: Shelf, run: DryRun, chosen: Mapping[str, str]) -> str:
    """Return in counts what would be done; nothing is done yet."""
    lines = [shelf.say("file.trial")]
    if run.errors:
        lines.append(shelf.say("file.has_errors", count=len(run.errors)))
    elif run.changes:
        lines.append(shelf.say("file.counts", **counted(run.changes)))
    else:
        lines.append(shelf.say("file.nothing_new"))
    if run.open_events:
        lines.append(shelf.say("file.open_events", count=len(run.open_events)))
    if run.left_out:
        lines.append(shelf.say("file.left_out", count=run.left_out))
    if chosen:
        lines.append(shelf.say("file.chosen", count=len(chosen)))
    if run.missing and not run.ends_missing:
        lines.append(shelf.say("file.missing", count=len(run.missing)))
    return "\n".join(lines)


def _lines(shelf: Shelf, run: DryRun) -> list[str]:
    language = shelf.language
    lines = [f"✗ {finding_line(language, one)}" for one in _in_order(run.errors)]
    lines += [f"! {finding_line(language, one)}" for one in _in_order(run.notes)]
    lines += [f"· {change_line(language, one, shelf.defaults, shelf.shown)}" for one in run.changes]
    return lines


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: one.line)


def _pages(lines: Sequence[str]) -> list[str]:
    pages = [""]
    for line in lines:
        if pages[-1] and len(pages[-1]) + len(line) + 1 > MOST_LETTERS:
            pages.append("")
        pages[-1] = f"{pages[-1]}\n{line}" if pages[-1] else line
    return pages


def _turning(shelf: Shelf, page: int, pages: int) -> list[tuple[Button, ...]]:
    """Return the row that turns pages, where there are several."""
    row = []
    if page > 0:
        row.append(shelf.button("←", "page", str(page - 1)))
    if page < pages - 1:
        label = shelf.say("file.more", page=page + 2, pages=pages)
        row.append(shelf.button(label, "page", str(page + 1)))
    return [tuple(row)] if row else []


def broken(language: str, findings: Sequence[Finding]) -> Screen:
    """Return what is wrong with a file of which nothing is kept."""
    lines = [say(language, "file.broken", count=len(findings))]
    for place, finding in enumerate(_in_order(findings)):
        line = f"✗ {finding_line(language, finding)}"
        if sum(len(one) + 1 for one in lines) + len(line) > MOST_LETTERS:
            lines.append(say(language, "file.and_more", count=len(findings) - place))
            break
        lines.append(line)
    return Screen("\n".join(lines))


def whose(shelf: Shelf, event: Event, *, of: int, codes: Sequence[str], page: int = 0) -> Screen:
    """Return the question whose an event is that names nobody we know.

    Args:
        shelf: The file.
        event: The first event that is open.
        of: How many are open.
        codes: Whose it may be, the likeliest first.
        page: Which page of the codes, from 0.
    """
    words = event_words(shelf.language, event, shelf.defaults)
    text = shelf.say("file.whose_is", count=of, event=words)
    if len(event.codes) > 1:
        named = ", ".join(shelf.shown(code) for code in event.codes)
        text += "\n" + shelf.say("file.names_several", codes=named)
    pages = max(1, -(-len(codes) // CODES_AT_ONCE))
    page = min(max(page, 0), pages - 1)
    some = codes[page * CODES_AT_ONCE : (page + 1) * CODES_AT_ONCE]
    line = str(event.line)
    buttons = [shelf.button(shelf.shown(code), "is", f"{line}:{code}") for code in some]
    turning = [shelf.button("←", "whose", str(page - 1))] if page > 0 else []
    turning += [shelf.button("→", "whose", str(page + 1))] if page < pages - 1 else []
    rows = [*in_rows(buttons, CODES_IN_A_ROW), *([tuple(turning)] if turning else [])]
    rows.append((shelf.button(shelf.say("file.not_ours"), "foreign", line),))
    if of > 1:
        rows.append((shelf.button(shelf.say("file.none_ours", count=of), "foreign", "all"),))
    rows.append((shelf.button(shelf.say("file.back"), "page", "0"),))
    return Screen(text, tuple(rows))


def done(shelf: Shelf, counts: Mapping[str, int], invited: int) -> Screen:
    """Return what stands in the chat once a file was applied."""
    text = shelf.say("file.done", **counts)
    if not invited:
        return Screen(text)
    text += "\n\n" + shelf.say("file.links_come", count=invited)
    return Screen(text, ((shelf.button(shelf.say("file.links_again"), "links"),),))


def dropped(language: str) -> Screen:
    """Return what stands in the chat once a file was thrown away."""
    return Screen(say(language, "file.dropped"))
