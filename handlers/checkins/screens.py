"""What a patient sees of a check-in. Every word and tap counts."""

from datetime import datetime
from zoneinfo import ZoneInfo

from alliance.calendar.timing import this_evening
from alliance.checkins.instruments import Instrument, instrument, worded
from alliance.checkins.review import (
    AFTER,
    AFTER_CHOICES,
    DIRECT,
    DIRECT_CHOICES,
    SKIPPED,
    TALK,
    WISHES,
    CheckinState,
    Given,
    open_question,
    question_before,
    questions,
)
from handlers.app.screen import Button, Screen, in_rows
from handlers.taps import SKIP, CheckinTap, answer_tap, pack
from handlers.texts import clock_time, say
from storage.checkins.checkins import Checkin, Holder

MOST_IN_A_ROW = 6
"""Buttons of this many in a row are still wide enough for a thumb on a small phone."""

MOST_WORDS = 1000
"""Characters of a comment."""

SHORT_LABEL = 14
"""Longer labels get a row of their own: a cut-off label is worse than a second row."""


def current(holder: Holder, now: datetime, *, may_comment: bool = False) -> Screen:
    """Return what a check-in shows now, whatever led here."""
    checkin, language = holder.checkin, holder.language
    if checkin.is_open(now):
        return question(holder, now)
    match checkin.state:
        case CheckinState.COMPLETED:
            if checkin.given.revisited is not None and checkin.may_change(now):
                return question(holder, now)
            return thanks(checkin, language, now, may_comment=may_comment)
        case CheckinState.NO_SESSION | CheckinState.SKIPPED:
            return left_out(checkin, language, now)
        case CheckinState.CANCELLED:
            return no_longer_needed(language)
        case _:
            return Screen(say(language, "checkin.closed"))


def no_longer_needed(language: str) -> Screen:
    """Return what stays of a question that nobody is to answer any more."""
    return Screen(say(language, "checkin.cancelled"))


def question(holder: Holder, now: datetime) -> Screen:
    """Return the open question with its answers as buttons.

    The first one comes in the prompt itself: no tap is spent on "start".
    """
    checkin, language = holder.checkin, holder.language
    asked = instrument(checkin.instrument)
    name = open_question(asked, checkin.given)
    if name is None:
        return thanks(checkin, language, now)
    untouched = not checkin.given.answers and checkin.given.revisited is None
    words, answers = _wording(asked, checkin, name, language)
    place = f"{questions(asked, checkin.given).index(name) + 1}/{_length(asked, checkin.given)}"
    head = say(language, "checkin.ready") if untouched else ""
    text = "\n\n".join(part for part in (head, words, place) if part)
    foot = _first_foot(holder, name, asked) if untouched else _foot(holder, name, asked)
    return Screen(text, (*answers, *foot))


def _length(asked: Instrument, given: Given) -> int:
    return len(questions(asked, given))


def _wording(
    asked: Instrument, checkin: Checkin, name: str, language: str
) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    """Return the question's words, and its answers as buttons."""
    if name == DIRECT:
        return say(language, "direct.question"), _named(asked, checkin, name, language)
    if name == AFTER:
        return say(language, "after.question"), _named(asked, checkin, name, language)
    item = asked.item(name)
    low, high = asked.choices[0], asked.choices[-1]
    words = (
        f"{worded(item.text, language)}\n"
        f"{low:g} = {worded(item.low, language)} · {high:g} = {worded(item.high, language)}"
    )
    was = checkin.given.answers.get(name)
    buttons = [
        Button(
            f"• {choice:g}" if choice == was else f"{choice:g}",
            answer_tap(asked, checkin.id, name, str(place)),
        )
        for place, choice in enumerate(asked.choices)
    ]
    rows = -(-len(buttons) // MOST_IN_A_ROW)
    return words, in_rows(buttons, -(-len(buttons) // rows))


def _named(
    asked: Instrument, checkin: Checkin, name: str, language: str
) -> tuple[tuple[Button, ...], ...]:
    choices = DIRECT_CHOICES if name == DIRECT else AFTER_CHOICES
    buttons = [
        Button(say(language, f"{name}.{choice}"), answer_tap(asked, checkin.id, name, str(place)))
        for place, choice in enumerate(choices)
    ]
    wide = any(len(button.label) > SHORT_LABEL for button in buttons)
    return in_rows(buttons, 1 if wide else 3)


def _verb(checkin: Checkin, verb: str, label: str) -> Button:
    return Button(label, pack(CheckinTap(checkin.id, verb)))


def _skip(holder: Holder, name: str, asked: Instrument) -> Button:
    return Button(
        say(holder.language, "checkin.skip"), answer_tap(asked, holder.checkin.id, name, SKIP)
    )


def _first_foot(holder: Holder, name: str, asked: Instrument) -> tuple[tuple[Button, ...], ...]:
    checkin, language = holder.checkin, holder.language
    return (
        (
            _skip(holder, name, asked),
            _verb(checkin, "later", say(language, "checkin.later")),
        ),
        (
            _verb(checkin, "none", say(language, "checkin.no_session")),
            _verb(checkin, "who", say(language, "checkin.who")),
        ),
    )


def _foot(holder: Holder, name: str, asked: Instrument) -> tuple[tuple[Button, ...], ...]:
    checkin, language = holder.checkin, holder.language
    skip = _skip(holder, name, asked)
    if question_before(asked, checkin.given) is None:
        return ((skip,),)
    return ((_verb(checkin, "back", say(language, "checkin.back")), skip),)


def later(holder: Holder, now: datetime) -> Screen:
    """Return the choice of when to ask again."""
    checkin, language = holder.checkin, holder.language
    times = [_verb(checkin, "hour", say(language, "later.hour"))]
    evening = this_evening(now, ZoneInfo(holder.zone))
    if evening is not None and evening < checkin.closes_at:
        times.append(_verb(checkin, "evening", say(language, "later.evening")))
    return Screen(
        say(language, "later.when"),
        (
            tuple(times),
            (_verb(checkin, "skip", say(language, "later.not_this_one")),),
            (_verb(checkin, "show", say(language, "checkin.back")),),
        ),
    )


def put_off(holder: Holder, until: datetime) -> Screen:
    """Return what stands in the chat until the question comes again."""
    at = clock_time(until.astimezone(ZoneInfo(holder.zone)), holder.language)
    now_button = _verb(holder.checkin, "show", say(holder.language, "later.now"))
    return Screen(say(holder.language, "later.until", time=at), ((now_button,),))


def thanks(checkin: Checkin, language: str, now: datetime, *, may_comment: bool = False) -> Screen:
    """Return the same neutral thanks for every score; the questions are gone from the chat.

    Whether the session shall be brought up is asked after every check-in alike, so that nobody
    can tell from it how the answers were read; only who has just said so is not asked again.
    """
    if not checkin.may_change(now):
        return Screen(say(language, "thanks"))
    last = [_verb(checkin, "change", say(language, "thanks.change"))]
    if may_comment:
        last.append(_verb(checkin, "words", say(language, "words.add")))
    if checkin.given.after == TALK:
        return Screen(say(language, "thanks"), (tuple(last),))
    wishes = tuple(
        _verb(checkin, f"wish-{wish}", f"{'• ' * (wish == checkin.wish)}{say(language, key)}")
        for wish, key in ((wish, f"wish.{wish}") for wish in WISHES)
    )
    text = f"{say(language, 'thanks')}\n\n{say(language, 'wish.question')}"
    return Screen(text, (wishes, tuple(last)))


def words(holder: Holder, who: str) -> Screen:
    """Return what is to be known before words are typed: ``who`` reads them, and when."""
    language = holder.language
    back = _verb(holder.checkin, "no-words", say(language, "checkin.back"))
    text = f"{who}\n\n{say(language, 'words.type', most=MOST_WORDS)}"
    return Screen(text, ((back,),))


def change(holder: Holder) -> Screen:
    """Return the choice of which answer to change."""
    checkin, language = holder.checkin, holder.language
    asked = instrument(checkin.instrument)
    rows = tuple(
        (_verb(checkin, f"q{place}", answer_line(asked, checkin.given, name, language)),)
        for place, name in enumerate(questions(asked, checkin.given))
    )
    done = _verb(checkin, "keep", say(language, "change.keep"))
    return Screen(say(language, "change.which"), (*rows, (done,)))


def answer_line(asked: Instrument, given: Given, name: str, language: str) -> str:
    """Return a question in short with its answer, for a button."""
    if name in (DIRECT, AFTER):
        chosen = given.direct if name == DIRECT else given.after
        said = "–" if chosen in (None, SKIPPED) else say(language, f"{name}.{chosen}")
        return f"{say(language, f'{name}.question')} – {said}"
    value = given.answers.get(name)
    return f"{'–' if value is None else f'{value:g}'} · {worded(asked.item(name).text, language)}"


def left_out(checkin: Checkin, language: str, now: datetime) -> Screen:
    """Return what stands after "there was no session" or "not this one"; a slip can be undone."""
    key = "left_out.no_session" if checkin.state == CheckinState.NO_SESSION else "left_out.skipped"
    undo = _verb(checkin, "undo", say(language, "left_out.undo"))
    return Screen(say(language, key), ((undo,),) if checkin.closes_at > now else ())
