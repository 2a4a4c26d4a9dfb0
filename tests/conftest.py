"""What holds for all tests: a busy machine is no fault of an example that Hypothesis tries."""

from hypothesis import settings

settings.register_profile("attune", deadline=None)
settings.load_profile("attune")
