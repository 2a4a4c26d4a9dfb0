"""What every handler has at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alliance.checkins.instruments import Instrument
from alliance.rupture import Detector
from handlers.app.site import Site
from storage.database.tx import Store


@dataclass(frozen=True, slots=True)
class Services:
    """What every handler has at hand.

    Attributes:
        store: The open database.
        now: The time, aware; injected so that a demo or a test can move it.
        wake_sender: To be called after a transaction that put a message into the outbox.
        wake_scheduler: To be called after a transaction that made something due.
        site: The clinic's decisions.
        detector: Makes the detector for an instrument.
        invitation_link: Makes the link of an invitation from its token.
        invitation_token: Finds the token of an invitation link in a text; None without a link.
    """

    store: Store
    now: Callable[[], datetime]
    wake_sender: Callable[[], None]
    wake_scheduler: Callable[[], None]
    site: Site
    detector: Callable[[Instrument], Detector]
    invitation_link: Callable[[str], str]
    invitation_token: Callable[[str], str | None]
