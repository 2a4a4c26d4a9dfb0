"""Atheris runs only on Linux, and not yet on the newest Python."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("atheris") else ["test_fuzz.py"]
