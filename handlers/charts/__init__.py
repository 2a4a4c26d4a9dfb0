"""Pictures of a course: SVG text from facts, and PNG for a chat."""

from handlers.charts.ground import blank_svg
from handlers.charts.items import items_svg
from handlers.charts.plot import course_svg
from handlers.charts.render import png

__all__ = ["blank_svg", "course_svg", "items_svg", "png"]
