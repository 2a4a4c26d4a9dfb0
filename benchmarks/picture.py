"""How long a picture of a course takes, from the course to the PNG: at most 300 ms are wanted.

python -m benchmarks.picture [--sessions 60] [--times 30]
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from handlers.charts import course_svg, items_svg, png
from tests.alliance.histories import LOW, USUAL, course_of

DRAWINGS: dict[str, Callable[..., str]] = {"the course": course_svg, "by question": items_svg}


async def measured(draw: Callable[..., str], sessions: int, times: int) -> list[float]:
    """Return how many milliseconds each picture took, drawing and rendering together."""
    course = course_of(*[LOW if place % 9 == 8 else USUAL for place in range(sessions)])
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        await png(draw(course, language="en", zone=ZoneInfo("UTC")))
        took.append((time.perf_counter() - begun) * 1_000)
    return took


async def main() -> None:
    """Print the median and the longest of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--times", type=int, default=30)
    options = parser.parse_args()
    for name, draw in DRAWINGS.items():
        took = await measured(draw, options.sessions, options.times)
        print(f"{name}: median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
