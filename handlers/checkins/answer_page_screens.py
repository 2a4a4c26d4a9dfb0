"""The pages of a check-in: the same questions as in the chat, one a page, with large buttons.

Pure. A page shows no name, clinic or code; its buttons carry the same data as the chat's.
"""

from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.timing import this_evening, zone_named
from alliance.checkins.instruments import Instrument, instrument, wording_in
from alliance.checkins.review import (
    DIRECT,
    TALK,
    WISHES,
    CheckinState,
    current_question,
    previous_question,
    questions,
)
from handlers.checkins.answer_page_html import (
    PageButton,
    form,
    grid,
    heading,
    html_page,
    optional_group,
    paragraph,
    question_group,
    text_area,
)
from handlers.checkins.screens import MAX_COMMENT_CHARS, MAX_IN_A_ROW, SHORT_LABEL, answer_line
from handlers.taps import CHOICES, SKIP, CheckinTap, answer_tap, pack
from handlers.texts import say
from storage.checkins.checkins import Checkin

CURRENT_VIEW = ""
"""The view that shows the check-in as it is."""


@dataclass(frozen=True, slots=True)
class PageState:
    """What a page is made from.

    Attributes:
        view: The view that is asked for; one that does not exist now becomes ``CURRENT_VIEW``.
        may_comment: Whether a comment can be added.
        has_comment: Whether there is one already.
    """

    checkin: Checkin
    now: datetime
    view: str = CURRENT_VIEW
    may_comment: bool = False
    has_comment: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is waiting for answers."""
        return self.checkin.is_open(self.now)

    @property
    def can_undo_skip(self) -> bool:
        """Whether it was skipped, and that can be undone."""
        skipped = (CheckinState.NO_SESSION, CheckinState.SKIPPED)
        return self.checkin.state in skipped and self.now < self.checkin.closes_at

    @property
    def is_available(self) -> bool:
        """Whether its link works now."""
        return self.is_open or self.may_change or self.can_undo_skip

    @property
    def may_change(self) -> bool:
        """Whether finished answers may still be changed."""
        return self.checkin.state == CheckinState.COMPLETED and self.checkin.may_change(self.now)

    def say(self, key: str, **values: object) -> str:
        """Return words in the patient's language."""
        return say(self.checkin.language, key, **values)

    def button(self, verb: str, label: str, *, is_selected: bool = False) -> PageButton:
        """Return a button that does something with the check-in."""
        return PageButton(label, pack(CheckinTap(self.checkin.id, verb)), is_selected=is_selected)


def current_page(page: PageState) -> str | None:
    """Return the page of a check-in; None if there is nothing to answer now."""
    if page.is_open:
        return _later(page) if page.view == "later" else _question(page)
    if page.may_change:
        views = {"change": _change, "words": _comment_form}
        if page.view == "words" and not page.may_comment:
            return _thanks(page)
        if page.view in views:
            return views[page.view](page)
        asked = instrument(page.checkin.instrument)
        is_revisiting = current_question(asked, page.checkin.given) is not None
        return _question(page) if is_revisiting else _thanks(page)
    return _skipped_page(page) if page.can_undo_skip else None


def invalid_link_page(language: str) -> str:
    """Return the one page for every link that does not work: old, finished, or made up."""
    return _message_page(language, heading(say(language, "page.nothing")))


def consent_required_page(language: str) -> str:
    """Return the page of a patient who must agree to something in the chat first."""
    return _message_page(language, heading(say(language, "page.chat_first")))


def unavailable_page(language: str) -> str:
    """Return the page for too many requests, or when the database is unavailable."""
    return _message_page(language, heading(say(language, "page.wait")))


def _message_page(language: str, *parts: str) -> str:
    return html_page(language, title=say(language, "page.title"), body="".join(parts))


def _checkin_page(page: PageState, *parts: str, progress: str = "") -> str:
    title = page.say("page.title")
    body = "".join(part for part in parts if part)
    title = f"{progress} · {title}" if progress else title
    return html_page(page.checkin.language, title=title, body=body)


def _question(page: PageState) -> str:
    checkin = page.checkin
    asked = instrument(checkin.instrument)
    names = questions(asked, checkin.given)
    name = current_question(asked, checkin.given) or names[0]
    progress = page.say("page.place", place=names.index(name) + 1, length=len(names))
    is_untouched = not checkin.given.answers and checkin.given.revisited is None
    rest = [PageButton(page.say("checkin.skip"), answer_tap(asked, checkin.id, name, SKIP))]
    if page.is_open and previous_question(asked, checkin.given) is not None:
        rest.insert(0, page.button("back", page.say("checkin.back")))
    if is_untouched and page.is_open:
        rest.append(PageButton(page.say("checkin.later"), view="later"))
        rest.append(page.button("none", page.say("checkin.no_session")))
    question = _scale if name not in CHOICES else _choice_question
    return _checkin_page(
        page,
        paragraph(progress, quiet=True),
        form(question(page, asked, name), grid(rest, min(2, len(rest)), small=True)),
        progress=progress,
    )


def _scale(page: PageState, asked: Instrument, name: str) -> str:
    item, language = asked.item(name), page.checkin.language
    low, high = asked.choices[0], asked.choices[-1]
    selected = page.checkin.given.answers.get(name)
    choices = [
        PageButton(
            f"{choice:g}",
            answer_tap(asked, page.checkin.id, name, str(place)),
            is_selected=choice == selected,
        )
        for place, choice in enumerate(asked.choices)
    ]
    rows = -(-len(choices) // MAX_IN_A_ROW)
    return question_group(
        wording_in(item.text, language),
        grid(choices, -(-len(choices) // rows)),
        ends=(
            f"{low:g} = {wording_in(item.low, language)}",
            f"{high:g} = {wording_in(item.high, language)}",
        ),
    )


def _choice_question(page: PageState, asked: Instrument, name: str) -> str:
    given = page.checkin.given
    selected = given.direct if name == DIRECT else given.after
    choices = [
        PageButton(
            page.say(f"{name}.{choice}"),
            answer_tap(asked, page.checkin.id, name, str(place)),
            is_selected=choice == selected,
        )
        for place, choice in enumerate(CHOICES[name])
    ]
    is_wide = any(len(choice.label) > SHORT_LABEL for choice in choices)
    return question_group(page.say(f"{name}.question"), grid(choices, 1 if is_wide else 3))


def _later(page: PageState) -> str:
    times = [page.button("hour", page.say("later.hour"))]
    evening = this_evening(page.now, zone_named(page.checkin.zone))
    if evening is not None and evening < page.checkin.closes_at:
        times.append(page.button("evening", page.say("later.evening")))
    rest = [
        page.button("skip", page.say("later.not_this_one")),
        PageButton(page.say("checkin.back"), view=CURRENT_VIEW),
    ]
    return _checkin_page(
        page,
        form(question_group(page.say("later.when"), grid(times, 1)), grid(rest, 2, small=True)),
    )


def postponed_page(checkin: Checkin) -> str:
    """Return the page after the question was postponed."""
    language = checkin.language
    now_button = PageButton(say(language, "later.now"), view=CURRENT_VIEW)
    return _message_page(
        language,
        heading(say(language, "page.put_off")),
        paragraph(say(language, "page.close"), quiet=True),
        grid([now_button], 1, small=True),
    )


def _thanks(page: PageState) -> str:
    checkin = page.checkin
    rest = [PageButton(page.say("thanks.change"), view="change")]
    if page.may_comment:
        rest.append(PageButton(page.say("words.add"), view="words"))
    wishes = ""
    if checkin.given.after != TALK:
        choices = [
            page.button(f"wish-{wish}", page.say(f"wish.{wish}"), is_selected=wish == checkin.wish)
            for wish in WISHES
        ]
        wishes = form(optional_group(page.say("wish.question"), grid(choices, 3)))
    return _checkin_page(
        page,
        heading(page.say("thanks")),
        paragraph(page.say("words.kept")) if page.has_comment else "",
        paragraph(page.say("page.close"), quiet=True),
        wishes,
        grid(rest, len(rest), small=True),
    )


def _change(page: PageState) -> str:
    checkin, language = page.checkin, page.checkin.language
    asked = instrument(checkin.instrument)
    choices = [
        page.button(f"q{place}", answer_line(asked, checkin.given, name, language))
        for place, name in enumerate(questions(asked, checkin.given))
    ]
    back = PageButton(page.say("change.keep"), view=CURRENT_VIEW)
    return _checkin_page(
        page,
        form(
            question_group(page.say("change.which"), grid(choices, 1)), grid([back], 1, small=True)
        ),
    )


def _comment_form(page: PageState) -> str:
    """Return the field for a comment, below the words about who reads it."""
    send = page.button("words", page.say("words.send"))._replace(is_main=True)
    back = PageButton(page.say("checkin.back"), view=CURRENT_VIEW)
    return _checkin_page(
        page,
        heading(page.say("words.add")),
        paragraph(page.say("words.who_page")),
        form(
            text_area(
                page.say("words.label", most=MAX_COMMENT_CHARS), max_length=MAX_COMMENT_CHARS
            ),
            grid([send], 1),
            grid([back], 1, small=True),
        ),
    )


def _skipped_page(page: PageState) -> str:
    had_session = page.checkin.state != CheckinState.NO_SESSION
    undo = page.button("undo", page.say("left_out.undo"))
    return _checkin_page(
        page,
        heading(page.say("left_out.skipped" if had_session else "left_out.no_session")),
        paragraph(page.say("page.close"), quiet=True),
        form(grid([undo], 1, small=True)),
    )
