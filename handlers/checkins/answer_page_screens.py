"""What the page shows of a check-in: the same questions as the chat, one a sheet, with big buttons.

Pure. A sheet carries no name, no clinic and no code; what its buttons carry is what the chat's do.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alliance.calendar.timing import this_evening
from alliance.checkins.instruments import Instrument, instrument, worded
from alliance.checkins.review import (
    DIRECT,
    TALK,
    WISHES,
    CheckinState,
    open_question,
    question_before,
    questions,
)
from handlers.checkins.answer_page_html import (
    Choice,
    asked,
    form,
    grid,
    heading,
    line,
    offered,
    sheet,
    writing,
)
from handlers.checkins.screens import MOST_IN_A_ROW, MOST_WORDS, SHORT_LABEL, answer_line
from handlers.taps import CHOICES, SKIP, CheckinTap, answer_tap, pack
from handlers.texts import say
from storage.checkins.checkins import Checkin, Holder

HERE = ""
"""The view of how things stand."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sheet is made from.

    Attributes:
        view: Which view is wanted; one that is none now shows how things stand.
        may_comment: Whether the site takes words; ``has_words`` says that there are some.
    """

    holder: Holder
    now: datetime
    view: str = HERE
    may_comment: bool = False
    has_words: bool = False

    @property
    def checkin(self) -> Checkin:
        """The check-in."""
        return self.holder.checkin

    @property
    def is_open(self) -> bool:
        """Whether it waits for its patient."""
        return self.checkin.is_open(self.now)

    @property
    def is_left_out(self) -> bool:
        """Whether it was left out, and that can be taken back."""
        left_out = (CheckinState.NO_SESSION, CheckinState.SKIPPED)
        return self.checkin.state in left_out and self.now < self.checkin.closes_at

    @property
    def leads_somewhere(self) -> bool:
        """Whether a link to it leads anywhere now."""
        return self.is_open or self.may_change or self.is_left_out

    @property
    def may_change(self) -> bool:
        """Whether finished answers may still be changed."""
        return self.checkin.state == CheckinState.COMPLETED and self.checkin.may_change(self.now)

    def say(self, key: str, **values: object) -> str:
        """Return words in the patient's language."""
        return say(self.holder.language, key, **values)

    def verb(self, verb: str, label: str, *, is_now: bool = False) -> Choice:
        """Return a button that does something with the check-in."""
        return Choice(label, pack(CheckinTap(self.checkin.id, verb)), is_now=is_now)


def current(seen: Seen) -> str | None:
    """Return the sheet; None where there is nothing to answer, or no longer."""
    if seen.is_open:
        return _later(seen) if seen.view == "later" else _question(seen)
    if seen.may_change:
        views = {"change": _change, "words": _words}
        if seen.view == "words" and not seen.may_comment:
            return _thanks(seen)
        if seen.view in views:
            return views[seen.view](seen)
        asked_for = instrument(seen.checkin.instrument)
        is_back = open_question(asked_for, seen.checkin.given) is not None
        return _question(seen) if is_back else _thanks(seen)
    return _left_out(seen) if seen.is_left_out else None


def nothing(language: str) -> str:
    """Return the one sheet for every link that leads nowhere: old, finished, or made up."""
    return _said(language, heading(say(language, "page.nothing")))


def first_the_chat(language: str) -> str:
    """Return what stands there while something is to be agreed to in the chat first."""
    return _said(language, heading(say(language, "page.chat_first")))


def wait(language: str) -> str:
    """Return what stands there while it cannot be answered: too often, or no database."""
    return _said(language, heading(say(language, "page.wait")))


def _said(language: str, *parts: str) -> str:
    return sheet(language, title=say(language, "page.title"), body="".join(parts))


def _sheet(seen: Seen, *parts: str, place: str | None = None) -> str:
    title = seen.say("page.title")
    language = seen.holder.language
    body = "".join(part for part in parts if part)
    return sheet(language, title=title if place is None else f"{place} · {title}", body=body)


def _question(seen: Seen) -> str:
    checkin = seen.checkin
    asked_for = instrument(checkin.instrument)
    names = questions(asked_for, checkin.given)
    name = open_question(asked_for, checkin.given) or names[0]
    place = seen.say("page.place", place=names.index(name) + 1, length=len(names))
    untouched = not checkin.given.answers and checkin.given.revisited is None
    rest = [Choice(seen.say("checkin.skip"), answer_tap(asked_for, checkin.id, name, SKIP))]
    if seen.is_open and question_before(asked_for, checkin.given) is not None:
        rest.insert(0, seen.verb("back", seen.say("checkin.back")))
    if untouched and seen.is_open:
        rest.append(Choice(seen.say("checkin.later"), see="later"))
        rest.append(seen.verb("none", seen.say("checkin.no_session")))
    question = _scale if name not in CHOICES else _named
    return _sheet(
        seen,
        line(place, quiet=True),
        form(question(seen, asked_for, name), grid(rest, min(2, len(rest)), small=True)),
        place=place,
    )


def _scale(seen: Seen, asked_for: Instrument, name: str) -> str:
    item, language = asked_for.item(name), seen.holder.language
    low, high = asked_for.choices[0], asked_for.choices[-1]
    was = seen.checkin.given.answers.get(name)
    choices = [
        Choice(
            f"{choice:g}",
            answer_tap(asked_for, seen.checkin.id, name, str(place)),
            is_now=choice == was,
        )
        for place, choice in enumerate(asked_for.choices)
    ]
    rows = -(-len(choices) // MOST_IN_A_ROW)
    return asked(
        worded(item.text, language),
        grid(choices, -(-len(choices) // rows)),
        ends=(
            f"{low:g} = {worded(item.low, language)}",
            f"{high:g} = {worded(item.high, language)}",
        ),
    )


def _named(seen: Seen, asked_for: Instrument, name: str) -> str:
    given = seen.checkin.given
    was = given.direct if name == DIRECT else given.after
    choices = [
        Choice(
            seen.say(f"{name}.{choice}"),
            answer_tap(asked_for, seen.checkin.id, name, str(place)),
            is_now=choice == was,
        )
        for place, choice in enumerate(CHOICES[name])
    ]
    wide = any(len(choice.label) > SHORT_LABEL for choice in choices)
    return asked(seen.say(f"{name}.question"), grid(choices, 1 if wide else 3))


def _later(seen: Seen) -> str:
    times = [seen.verb("hour", seen.say("later.hour"))]
    evening = this_evening(seen.now, ZoneInfo(seen.holder.zone))
    if evening is not None and evening < seen.checkin.closes_at:
        times.append(seen.verb("evening", seen.say("later.evening")))
    rest = [
        seen.verb("skip", seen.say("later.not_this_one")),
        Choice(seen.say("checkin.back"), see=HERE),
    ]
    return _sheet(
        seen,
        form(asked(seen.say("later.when"), grid(times, 1)), grid(rest, 2, small=True)),
    )


def put_off(holder: Holder) -> str:
    """Return what stands there once the question was put off."""
    language = holder.language
    now = Choice(say(language, "later.now"), see=HERE)
    return _said(
        language,
        heading(say(language, "page.put_off")),
        line(say(language, "page.close"), quiet=True),
        grid([now], 1, small=True),
    )


def _thanks(seen: Seen) -> str:
    checkin = seen.checkin
    rest = [Choice(seen.say("thanks.change"), see="change")]
    if seen.may_comment:
        rest.append(Choice(seen.say("words.add"), see="words"))
    wishes = ""
    if checkin.given.after != TALK:
        choices = [
            seen.verb(f"wish-{wish}", seen.say(f"wish.{wish}"), is_now=wish == checkin.wish)
            for wish in WISHES
        ]
        wishes = form(offered(seen.say("wish.question"), grid(choices, 3)))
    return _sheet(
        seen,
        heading(seen.say("thanks")),
        line(seen.say("words.kept")) if seen.has_words else "",
        line(seen.say("page.close"), quiet=True),
        wishes,
        grid(rest, len(rest), small=True),
    )


def _change(seen: Seen) -> str:
    checkin, language = seen.checkin, seen.holder.language
    asked_for = instrument(checkin.instrument)
    choices = [
        seen.verb(f"q{place}", answer_line(asked_for, checkin.given, name, language))
        for place, name in enumerate(questions(asked_for, checkin.given))
    ]
    back = Choice(seen.say("change.keep"), see=HERE)
    return _sheet(
        seen,
        form(asked(seen.say("change.which"), grid(choices, 1)), grid([back], 1, small=True)),
    )


def _words(seen: Seen) -> str:
    """Return the field for a few words; who reads them stands above it."""
    send = seen.verb("words", seen.say("words.send"))._replace(is_main=True)
    back = Choice(seen.say("checkin.back"), see=HERE)
    return _sheet(
        seen,
        heading(seen.say("words.add")),
        line(seen.say("words.who_page")),
        form(
            writing(seen.say("words.label", most=MOST_WORDS), most=MOST_WORDS),
            grid([send], 1),
            grid([back], 1, small=True),
        ),
    )


def _left_out(seen: Seen) -> str:
    none = seen.checkin.state == CheckinState.NO_SESSION
    undo = seen.verb("undo", seen.say("left_out.undo"))
    return _sheet(
        seen,
        heading(seen.say("left_out.no_session" if none else "left_out.skipped")),
        line(seen.say("page.close"), quiet=True),
        form(grid([undo], 1, small=True)),
    )
