"""What a therapist reads about an episode: a line in the alert, or news in a message of its own."""

from alliance.alerts.episodes import Stage
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen
from handlers.taps import CourseTap, EpisodeTap, GroupOverviewTap, pack
from handlers.texts import say
from storage.alerts.episodes import StoredEpisode
from storage.alerts.respond import EPISODE_ANSWERS


def notice(language: str, episode_id: str) -> Screen:
    """Return the notification of news: no name, nothing clinical, no sound."""
    show = Button(say(language, "episode.show"), pack(EpisodeTap(episode_id, "show")))
    return Screen(say(language, "episode.notice"), ((show,),), protected=True, silent=True)


def progress_line(reader: Reader, stored: StoredEpisode) -> str:
    """Return in one line how the ratings developed since the alert, or how the episode ended."""
    episode = stored.episode
    match episode.stage:
        case Stage.OPEN | Stage.ADDRESSED if not episode.sessions:
            return reader.say("episode.no_session")
        case Stage.OPEN | Stage.ADDRESSED if episode.back:
            return reader.say("episode.back_once")
        case Stage.OPEN | Stage.ADDRESSED:
            return reader.say("episode.not_yet", sessions=episode.sessions)
        case Stage.UNREPAIRED:
            return reader.say("episode.not_back", sessions=episode.sessions)
        case _:
            return reader.say(f"episode.{episode.stage}", day=reader.day(stored.turned_at))


def details(reader: Reader, code: str, stored: StoredEpisode) -> Screen:
    """Return the news: whose episode, how it stands, and a question if it is unrepaired."""
    episode = stored.episode
    head = reader.say("episode.head", patient=code, day=reader.day(stored.began_at))
    lines = [head, "", progress_line(reader, stored)]
    if episode.was_addressed:
        lines.append(reader.say("episode.was_addressed"))
    hide = Button(reader.say("alert.hide"), pack(EpisodeTap(stored.id, "hide")))
    rows = [(_course(reader, stored),), (hide,)]
    if episode.stage is Stage.UNREPAIRED:
        lines += ["", reader.say("episode.question")]
        rows = [*((_answer(reader, stored, verb),) for verb in EPISODE_ANSWERS), *rows]
    elif episode.overdue and episode.is_ongoing:
        lines.append(reader.say("episode.will_tell"))
    return Screen("\n".join(lines), tuple(rows), protected=True)


def placeholder(language: str, episode_id: str) -> Screen:
    """Return what replaces the news when it is hidden."""
    show = Button(say(language, "episode.show"), pack(EpisodeTap(episode_id, "show")))
    return Screen(say(language, "episode.put_away"), ((show,),), protected=True)


def _answer(reader: Reader, stored: StoredEpisode, verb: str) -> Button:
    return Button(reader.say(f"episode.answer.{verb}"), pack(EpisodeTap(stored.id, verb)))


def _course(reader: Reader, stored: StoredEpisode) -> Button:
    patient_id, _, group_id = stored.course
    tap = CourseTap(patient_id, "open") if group_id is None else GroupOverviewTap(group_id, "open")
    return Button(reader.say("episode.course"), pack(tap))
