"""Charts of a course, as SVG, and rendering to PNG."""

from handlers.charts.course_chart import course_svg
from handlers.charts.ground import blank_svg
from handlers.charts.items_chart import items_svg
from handlers.charts.render import png

__all__ = ["blank_svg", "course_svg", "items_svg", "png"]
