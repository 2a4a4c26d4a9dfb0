"""A check-in in the chat: the question, its buttons, and the notices that follow."""

from datetime import datetime

from alliance.calendar.timing import this_evening, zone_named
from alliance.checkins.instruments import Instrument, instrument, wording_in
from alliance.checkins.review import (
    AFTER,
    AFTER_CHOICES,
    DIRECT,
    DIRECT_CHOICES,
    SKIPPED,
    TALK,
    WISHES,
    CheckinState,
    GivenAnswers,
    current_question,
    previous_question,
    questions,
)
from handlers.app.screen import Button, Screen, in_rows
from handlers.taps import SKIP, CheckinTap, answer_tap, pack
from handlers.texts import clock_time, say
from storage.checkins.checkins import Checkin

MAX_IN_A_ROW = 6
"""More buttons in a row would be too narrow for a thumb on a small phone."""

MAX_COMMENT_CHARS = 1000
"""Longest comment."""

SHORT_LABEL = 14
"""Longer labels get a row each: a cut-off label is worse than a second row."""


def current_screen(checkin: Checkin, now: datetime, *, may_comment: bool = False) -> Screen:
    """Return what a check-in shows now."""
    language = checkin.language
    if checkin.is_open(now):
        return question(checkin, now)
    match checkin.state:
        case CheckinState.COMPLETED:
            if checkin.given.revisited is not None and checkin.may_change(now):
                return question(checkin, now)
            return thanks(checkin, now, may_comment=may_comment)
        case CheckinState.NO_SESSION | CheckinState.SKIPPED:
            return skipped_notice(checkin, now)
        case CheckinState.CANCELLED:
            return cancellation_notice(language)
        case _:
            return Screen(say(language, "checkin.closed"))


def cancellation_notice(language: str) -> Screen:
    """Return what replaces a question that no longer needs an answer."""
    return Screen(say(language, "checkin.cancelled"))


def question(checkin: Checkin, now: datetime) -> Screen:
    """Return the open question with its answers as buttons.

    The first question comes with the prompt itself: nobody has to tap "start".
    """
    language, asked = checkin.language, instrument(checkin.instrument)
    name = current_question(asked, checkin.given)
    if name is None:
        return thanks(checkin, now)
    is_untouched = not checkin.given.answers and checkin.given.revisited is None
    words, answers = _wording(checkin, asked, name)
    names = questions(asked, checkin.given)
    progress = f"{names.index(name) + 1}/{len(names)}"
    head = say(language, "checkin.ready") if is_untouched else ""
    text = "\n\n".join(part for part in (head, words, progress) if part)
    navigation = _first_navigation if is_untouched else _navigation
    return Screen(text, (*answers, *navigation(checkin, asked, name)))


def _wording(
    checkin: Checkin, asked: Instrument, name: str
) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    """Return the wording of a question, and its answers as buttons."""
    language = checkin.language
    if name in (DIRECT, AFTER):
        return say(language, f"{name}.question"), _choice_buttons(checkin, asked, name)
    item = asked.item(name)
    low, high = asked.choices[0], asked.choices[-1]
    words = (
        f"{wording_in(item.text, language)}\n"
        f"{low:g} = {wording_in(item.low, language)} · {high:g} = {wording_in(item.high, language)}"
    )
    selected = checkin.given.answers.get(name)
    buttons = [
        Button(
            f"• {choice:g}" if choice == selected else f"{choice:g}",
            answer_tap(asked, checkin.id, name, str(place)),
        )
        for place, choice in enumerate(asked.choices)
    ]
    rows = -(-len(buttons) // MAX_IN_A_ROW)
    return words, in_rows(buttons, -(-len(buttons) // rows))


def _choice_buttons(
    checkin: Checkin, asked: Instrument, name: str
) -> tuple[tuple[Button, ...], ...]:
    choices = DIRECT_CHOICES if name == DIRECT else AFTER_CHOICES
    buttons = [
        Button(
            say(checkin.language, f"{name}.{choice}"),
            answer_tap(asked, checkin.id, name, str(place)),
        )
        for place, choice in enumerate(choices)
    ]
    is_wide = any(len(button.label) > SHORT_LABEL for button in buttons)
    return in_rows(buttons, 1 if is_wide else 3)


def _button(checkin: Checkin, verb: str, label: str) -> Button:
    return Button(label, pack(CheckinTap(checkin.id, verb)))


def _skip_button(checkin: Checkin, asked: Instrument, name: str) -> Button:
    return Button(say(checkin.language, "checkin.skip"), answer_tap(asked, checkin.id, name, SKIP))


def _first_navigation(
    checkin: Checkin, asked: Instrument, name: str
) -> tuple[tuple[Button, ...], ...]:
    language = checkin.language
    return (
        (
            _skip_button(checkin, asked, name),
            _button(checkin, "later", say(language, "checkin.later")),
        ),
        (
            _button(checkin, "none", say(language, "checkin.no_session")),
            _button(checkin, "who", say(language, "checkin.who")),
        ),
    )


def _navigation(checkin: Checkin, asked: Instrument, name: str) -> tuple[tuple[Button, ...], ...]:
    skip = _skip_button(checkin, asked, name)
    if previous_question(asked, checkin.given) is None:
        return ((skip,),)
    return ((_button(checkin, "back", say(checkin.language, "checkin.back")), skip),)


def postpone_choice(checkin: Checkin, now: datetime) -> Screen:
    """Return the choice of when to ask again."""
    language = checkin.language
    times = [_button(checkin, "hour", say(language, "later.hour"))]
    evening = this_evening(now, zone_named(checkin.zone))
    if evening is not None and evening < checkin.closes_at:
        times.append(_button(checkin, "evening", say(language, "later.evening")))
    return Screen(
        say(language, "later.when"),
        (
            tuple(times),
            (_button(checkin, "skip", say(language, "later.not_this_one")),),
            (_button(checkin, "show", say(language, "checkin.back")),),
        ),
    )


def postponed_notice(checkin: Checkin, until: datetime) -> Screen:
    """Return what replaces the question until it is asked again."""
    at = clock_time(until.astimezone(zone_named(checkin.zone)), checkin.language)
    now_button = _button(checkin, "show", say(checkin.language, "later.now"))
    return Screen(say(checkin.language, "later.until", time=at), ((now_button,),))


def thanks(checkin: Checkin, now: datetime, *, may_comment: bool = False) -> Screen:
    """Return the thanks, the same for every score; the questions are no longer in the chat.

    The patient is asked after every check-in whether the therapist should bring the session up,
    so that the question reveals nothing about the score. Only a patient who has just asked for
    it is not asked again.
    """
    language = checkin.language
    if not checkin.may_change(now):
        return Screen(say(language, "thanks"))
    last = [_button(checkin, "change", say(language, "thanks.change"))]
    if may_comment:
        last.append(_button(checkin, "words", say(language, "words.add")))
    if checkin.given.after == TALK:
        return Screen(say(language, "thanks"), (tuple(last),))
    wishes = tuple(
        _button(checkin, f"wish-{wish}", f"{'• ' * (wish == checkin.wish)}{say(language, key)}")
        for wish, key in ((wish, f"wish.{wish}") for wish in WISHES)
    )
    text = f"{say(language, 'thanks')}\n\n{say(language, 'wish.question')}"
    return Screen(text, (wishes, tuple(last)))


def comment_prompt(checkin: Checkin, privacy: str) -> Screen:
    """Return the prompt for a comment, below the words about who reads it and when."""
    language = checkin.language
    back = _button(checkin, "no-words", say(language, "checkin.back"))
    text = f"{privacy}\n\n{say(language, 'words.type', most=MAX_COMMENT_CHARS)}"
    return Screen(text, ((back,),))


def change_menu(checkin: Checkin) -> Screen:
    """Return the choice of which answer to change."""
    language, asked = checkin.language, instrument(checkin.instrument)
    rows = tuple(
        (_button(checkin, f"q{place}", answer_line(asked, checkin.given, name, language)),)
        for place, name in enumerate(questions(asked, checkin.given))
    )
    done = _button(checkin, "keep", say(language, "change.keep"))
    return Screen(say(language, "change.which"), (*rows, (done,)))


def answer_line(asked: Instrument, given: GivenAnswers, name: str, language: str) -> str:
    """Return a question with its answer in one line, for a button."""
    if name in (DIRECT, AFTER):
        chosen = given.direct if name == DIRECT else given.after
        answer = "–" if chosen in (None, SKIPPED) else say(language, f"{name}.{chosen}")
        return f"{say(language, f'{name}.question')} – {answer}"
    value = given.answers.get(name)
    answer = "–" if value is None else f"{value:g}"
    return f"{answer} · {wording_in(asked.item(name).text, language)}"


def skipped_notice(checkin: Checkin, now: datetime) -> Screen:
    """Return what follows "no session" or "not this one"; it can be undone."""
    language = checkin.language
    key = "left_out.no_session" if checkin.state == CheckinState.NO_SESSION else "left_out.skipped"
    undo = _button(checkin, "undo", say(language, "left_out.undo"))
    return Screen(say(language, key), ((undo,),) if checkin.closes_at > now else ())
