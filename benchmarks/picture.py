"""How long a chart of a course takes, from the course to the PNG; the goal is 300 ms at most.

python -m benchmarks.picture [--sessions 60] [--times 30]
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from handlers.charts import course_svg, items_svg, png
from tests.alliance.caseload.example_course import LOW, USUAL, example_course

DRAWINGS: dict[str, Callable[..., str]] = {"the course": course_svg, "by question": items_svg}


async def measure(draw: Callable[..., str], sessions: int, times: int) -> list[float]:
    """Return the milliseconds of each chart, for drawing and rendering."""
    course = example_course(*[LOW if place % 9 == 8 else USUAL for place in range(sessions)])
    durations = []
    for _ in range(times):
        begun = time.perf_counter()
        await png(draw(course, language="en", zone=ZoneInfo("UTC")))
        durations.append((time.perf_counter() - begun) * 1_000)
    return durations


async def main() -> None:
    """Print the median and the longest duration of each chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--times", type=int, default=30)
    options = parser.parse_args()
    for name, draw in DRAWINGS.items():
        durations = await measure(draw, options.sessions, options.times)
        median, longest = statistics.median(durations), max(durations)
        print(f"{name}: median {median:.0f} ms, longest {longest:.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
