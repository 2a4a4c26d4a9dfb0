"""The roof: settings, wiring, the ear (updates in), the courier (messages out), command line."""

import os

# How long a 429 asks to wait: the framework warns at each one until we choose its newer form.
os.environ.setdefault("PTB_TIMEDELTA", "true")
