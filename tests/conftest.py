"""What holds for all tests: the same examples each time, and as long as a busy machine takes.

``ATTUNE_TEST_EXAMPLES=new`` lets Hypothesis look where it has not looked before.
"""

import os

from hypothesis import settings

settings.register_profile("attune", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None)
settings.load_profile("new" if os.environ.get("ATTUNE_TEST_EXAMPLES") == "new" else "attune")
