"""What a therapist reads of what followed an alert: one line beside it, or news of its own."""

from datetime import datetime

from alliance.alerts.episodes import Stage
from alliance.calendar.timing import zone_named
from handlers.app.screen import Button, Screen
from handlers.taps import CourseTap, EpisodeTap, MembersTap, pack
from handlers.texts import day, say
from storage.alerts.episodes import Kept

ANSWERS = ("working", "talked", "none")
"""What can be answered when the ratings did not come back: verbs of ``EpisodeTap``."""


def notice(language: str, episode_id: str) -> Screen:
    """Return the notification of news: no name, nothing clinical, and without a sound."""
    show = Button(say(language, "episode.show"), pack(EpisodeTap(episode_id, "show")))
    return Screen(say(language, "episode.notice"), ((show,),), protected=True, silent=True)


def since(language: str, zone: str, kept: Kept) -> str:
    """Return in one line what the ratings did since the alert, and what was said of it."""
    episode, turned = kept.episode, _day(kept.turned_at, zone, language)
    match episode.stage:
        case Stage.OPEN | Stage.ADDRESSED if not episode.sessions:
            return say(language, "episode.no_session")
        case Stage.OPEN | Stage.ADDRESSED if episode.back:
            return say(language, "episode.back_once")
        case Stage.OPEN | Stage.ADDRESSED:
            return say(language, "episode.not_yet", sessions=episode.sessions)
        case Stage.UNREPAIRED:
            return say(language, "episode.not_back", sessions=episode.sessions)
        case _:
            return say(language, f"episode.{episode.stage}", day=turned)


def told(language: str, zone: str, code: str, kept: Kept) -> Screen:
    """Return the news: who, of which alert, how it stands, and the question where one is asked."""
    lines = [head(language, zone, code, kept), "", since(language, zone, kept)]
    if kept.episode.was_addressed:
        lines.append(say(language, "episode.was_addressed"))
    rows = [_course(language, kept), _hide(language, kept)]
    if kept.episode.stage is Stage.UNREPAIRED:
        lines += ["", say(language, "episode.question")]
        rows = [*((_answer(language, kept, verb),) for verb in ANSWERS), *rows]
    elif kept.episode.overdue and kept.episode.is_going_on:
        lines.append(say(language, "episode.will_tell"))
    return Screen("\n".join(lines), tuple(rows), protected=True)


def head(language: str, zone: str, code: str, kept: Kept) -> str:
    """Return whose it is, and of which day the alert was."""
    return say(language, "episode.head", patient=code, day=_day(kept.began_at, zone, language))


def put_away(language: str, episode_id: str) -> Screen:
    """Return what stays behind when the news is put away."""
    show = Button(say(language, "episode.show"), pack(EpisodeTap(episode_id, "show")))
    return Screen(say(language, "episode.put_away"), ((show,),), protected=True)


def _answer(language: str, kept: Kept, verb: str) -> Button:
    return Button(say(language, f"episode.answer.{verb}"), pack(EpisodeTap(kept.id, verb)))


def _course(language: str, kept: Kept) -> tuple[Button, ...]:
    patient_id, _, group_id = kept.course
    where = CourseTap(patient_id, "open") if group_id is None else MembersTap(group_id, "open")
    return (Button(say(language, "episode.course"), pack(where)),)


def _hide(language: str, kept: Kept) -> tuple[Button, ...]:
    return (Button(say(language, "alert.hide"), pack(EpisodeTap(kept.id, "hide"))),)


def _day(at: datetime, zone: str, language: str) -> str:
    return day(at.astimezone(zone_named(zone)), language)
