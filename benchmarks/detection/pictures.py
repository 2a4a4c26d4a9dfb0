"""Charts of simulated courses for the page for therapists.

python -m benchmarks.detection.pictures
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from alliance.checkins.instruments import Answers, instrument
from alliance.rupture import Detector, Observation, Verdict, detector, replay_observations
from benchmarks.detection.cohorts import Cohort, simulate
from benchmarks.detection.document import PAGES
from benchmarks.detection.settings import SRS, instrument_of

PATIENTS, SEED = 3000, 2024
SHORT, LONG = 10, 18
WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 640, 260, 44, 16, 16, 40
LOWEST, HIGHEST = 0.0, 10.0
CLEAR_DROP = 2.5
INK, BAND, FALSE, TRUE = "#23395b", "#dbe7f3", "#8a6d3b", "#b3261e"


class CourseWithVerdicts(NamedTuple):
    """One patient's course, with the verdicts and the true ruptures."""

    course: list[Observation]
    verdicts: tuple[Verdict | None, ...]
    ruptures: list[tuple[int, int]]

    @property
    def alerts(self) -> list[int]:
        """Sessions with an alert."""
        return [place for place, one in enumerate(self.verdicts) if one is not None and one.alert]

    @property
    def missed(self) -> int:
        """How many check-ins were unanswered."""
        return sum(not one.answers for one in self.course)

    def is_within(self, session: int) -> bool:
        """Say whether a session is in a rupture or right after one."""
        return any(onset <= session <= end + 1 for onset, end in self.ruptures)


def _is_seen_at_once(drawn: CourseWithVerdicts) -> bool:
    onsets = [onset for onset, _ in drawn.ruptures]
    if len(onsets) != 1 or drawn.alerts != onsets or not 3 < onsets[0] < len(drawn.course) - 3:
        return False
    fallen = drawn.verdicts[onsets[0]]
    few = drawn.missed < 3 and _count_maximum(drawn) < 4
    return few and fallen is not None and (fallen.drop or 0.0) > CLEAR_DROP


def _is_quiet(drawn: CourseWithVerdicts) -> bool:
    means = {round(one.mean, 1) for one in drawn.verdicts if one is not None and one.mean}
    return not drawn.ruptures and not drawn.alerts and len(means) > 6


def _has_false_alarm(drawn: CourseWithVerdicts) -> bool:
    alone = not drawn.ruptures and len(drawn.alerts) == 1 and drawn.missed < 2
    return alone and drawn.alerts[0] > 4 and _count_maximum(drawn) < 4


def _is_unseen(drawn: CourseWithVerdicts) -> bool:
    if len(drawn.ruptures) != 1 or drawn.alerts or _count_maximum(drawn):
        return False
    return bool(drawn.course[drawn.ruptures[0][0]].answers)


def _is_at_ceiling(drawn: CourseWithVerdicts) -> bool:
    return _count_maximum(drawn) == len(drawn.course) - drawn.missed and not drawn.ruptures


def _count_maximum(drawn: CourseWithVerdicts) -> int:
    """Return the number of check-ins with all items at the maximum."""
    return sum(
        bool(one.answers) and set((one.answers or {}).values()) == {HIGHEST} for one in drawn.course
    )


PICTURES: dict[str, tuple[str, Callable[[CourseWithVerdicts], bool]]] = {
    "usual": ("Ups and downs, and no alert", _is_quiet),
    "fall": ("The ratings fall, and an alert", _is_seen_at_once),
    "false-alarm": ("The ratings fall on an ordinary bad day", _has_false_alarm),
    "unseen": ("A rupture that the ratings hardly show", _is_unseen),
    "ceiling": ("Always the maximum: it says nothing either way", _is_at_ceiling),
}


def pictures() -> dict[str, str]:
    """Return the SVG of each chart by name, of the first simulated course that fits."""
    cohort = simulate(SRS, patients=PATIENTS, seed=SEED)
    watch = detector(instrument=instrument("check_in_4"))
    courses = [
        _course_with_verdicts(cohort, watch, patient, course)
        for patient, course in enumerate(cohort.courses())
    ]
    fitting = [one for one in courses if SHORT <= len(one.course) <= LONG]
    return {
        name: svg(next(one for one in fitting if fits(one)), title)
        for name, (title, fits) in PICTURES.items()
    }


def _course_with_verdicts(
    cohort: Cohort, watch: Detector, patient: int, course: list[Observation]
) -> CourseWithVerdicts:
    renamed = [replace(one, answers=_rename_items(one.answers)) for one in course]
    ruptures = [(one.onset, one.end) for one in cohort.ruptures if one.patient == patient]
    return CourseWithVerdicts(renamed, replay_observations(watch, renamed)[1], ruptures)


def _rename_items(answers: Answers | None) -> Answers | None:
    """Return simulated answers with the item ids of Check-in 4."""
    kinds = {item.id: item.kind for item in instrument_of(SRS).items}
    return None if answers is None else {kinds[name]: value for name, value in answers.items()}


def svg(drawn: CourseWithVerdicts, title: str) -> str:
    """Return one course as SVG: usual range, mean ratings, alerts and missed check-ins."""
    layout = _Layout(len(drawn.course))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'aria-label="{title}" font-family="sans-serif" font-size="12" fill="{INK}">',
        f"<title>{title}</title>",
        f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>',
        *_axis(layout),
        *_band(drawn, layout),
        *_ruptures(drawn, layout),
        *_ratings(drawn, layout),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Layout(NamedTuple):
    """Positions of sessions and ratings in the chart."""

    sessions: int

    def x(self, session: float) -> float:
        width = WIDE - LEFT - RIGHT
        return round(LEFT + width * (session + 0.5) / self.sessions, 1)

    def y(self, rating: float) -> float:
        height = HIGH - TOP - BOTTOM
        return round(TOP + height * (HIGHEST - rating) / (HIGHEST - LOWEST), 1)


def _axis(layout: _Layout) -> list[str]:
    parts = []
    for rating in (0, 5, 10):
        y = layout.y(rating)
        parts += [
            f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y}" y2="{y}" stroke="#e3e3e3"/>',
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{rating}</text>',
        ]
    y = layout.y(0) + 18
    parts += [
        f'<text x="{layout.x(session)}" y="{y}" text-anchor="middle">{session + 1}</text>'
        for session in range(layout.sessions)
    ]
    return parts


def _band(drawn: CourseWithVerdicts, layout: _Layout) -> list[str]:
    parts = []
    for session, one in enumerate(drawn.verdicts):
        if one is None or one.usual_low is None or one.usual_high is None:
            continue
        left, top, bottom = (
            layout.x(session - 0.5),
            layout.y(one.usual_high),
            layout.y(one.usual_low),
        )
        width = round(layout.x(session + 0.5) - left, 1)
        parts.append(
            f'<rect x="{left}" y="{top}" width="{width}" height="{round(bottom - top, 1)}" '
            f'fill="{BAND}"/>'
        )
    return parts


def _ruptures(drawn: CourseWithVerdicts, layout: _Layout) -> list[str]:
    """Underline the sessions with a simulated rupture."""
    y = layout.y(0) + 28
    return [
        f'<line x1="{layout.x(onset - 0.4)}" x2="{layout.x(end + 0.4)}" y1="{y}" y2="{y}" '
        f'stroke="{TRUE}" stroke-width="4"/>'
        for onset, end in drawn.ruptures
    ]


def _ratings(drawn: CourseWithVerdicts, layout: _Layout) -> list[str]:
    parts = []
    for session, one in enumerate(drawn.course):
        given = [value for value in (one.answers or {}).values() if value is not None]
        x = layout.x(session)
        if not given:
            parts.append(f'<text x="{x}" y="{layout.y(0) - 4}" text-anchor="middle">–</text>')
            continue
        y = layout.y(sum(given) / len(given))
        parts.append(f'<circle cx="{x}" cy="{y}" r="4"/>')
        if session in drawn.alerts:
            colour = TRUE if drawn.is_within(session) else FALSE
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="10" fill="none" stroke="{colour}" stroke-width="3"/>'
            )
    return parts


def main() -> None:
    """Write all charts to docs/detection."""
    for name, drawn in pictures().items():
        (PAGES / f"{name}.svg").write_text(drawn, "utf-8")


if __name__ == "__main__":
    main()
