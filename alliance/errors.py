"""The one error tree.

AttuneError
├── BadInstrument      an instrument file that cannot be used
├── BadCard            a repair card that cannot be used
├── BadAnswer          an answer that its item does not allow
├── BadPlan            a plan that cannot be kept (unknown zone, impossible time)
├── Undefined          a figure that its inputs do not determine
├── Refusal            somebody asks for what is not theirs or not possible; carries a text key
├── BadSettings        a setting that is missing, unknown or unusable
├── BadConsent         a consent file that cannot be used
├── BadBackup          a backup that cannot be made, or is not whole
├── BadMove            a database that cannot be moved to another, or is half moved
├── BadKey             a key that is missing or malformed, or a sealed text that does not open
├── StoreUnavailable   the database cannot be opened or written
│   └── StoreDamaged   a part of it cannot be read; waiting does not help
├── TelegramAway       Telegram cannot be reached, or has not been heard for long
└── WrongSchema        the database was made by a newer program
"""


class AttuneError(Exception):
    """Anything that is ours and foreseen; its message is a sentence for the reader."""


class BadInstrument(AttuneError):
    """The instrument file cannot be used; the message names the file and the field."""


class BadCard(AttuneError):
    """The repair card cannot be used; the message names the file and what is wrong."""


class BadAnswer(AttuneError):
    """The item does not allow this value."""


class BadPlan(AttuneError):
    """The plan cannot be kept; the message says what to change."""


class Undefined(AttuneError):
    """The inputs do not determine the figure."""


class Refusal(AttuneError):
    """A person asked for what cannot be; ``key`` names the text that tells them.

    Args:
        key: Key of a text in the catalogue.
        values: What the text's placeholders stand for.
    """

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class BadSettings(AttuneError):
    """A setting is missing, unknown or unusable; the message says which and what to do."""


class BadConsent(AttuneError):
    """The consent file cannot be used; the message names the file and the slot."""


class BadBackup(AttuneError):
    """A backup cannot be made, or is not whole; the message says what to do."""


class BadMove(AttuneError):
    """A database cannot be moved, or is only half here; the message says what to do."""


class BadKey(AttuneError):
    """A key is missing or malformed, or a sealed text does not open; the message says which."""


class StoreUnavailable(AttuneError):
    """The database cannot be opened or written; the message says what to check."""


class StoreDamaged(StoreUnavailable):
    """A part of the database cannot be read any more; only a backup helps."""


class TelegramAway(AttuneError):
    """Telegram cannot be reached; whoever watches the process starts it anew."""


class WrongSchema(AttuneError):
    """The database has a newer schema than this program knows."""
