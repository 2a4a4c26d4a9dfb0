"""The tree of our errors.

AttuneError
├── BadInstrument        an instrument file is invalid
├── BadRepairCard        a repair card is invalid
├── BadConsent           a consent file is invalid
├── BadSettings          a setting is missing, unknown or invalid
├── BadAnswer            an item does not allow an answer
├── BadPlan              a session plan is invalid (unknown time zone, impossible time)
├── BadFile              an uploaded file has errors (alliance.files.findings)
├── BadRows              rows to replay are invalid (alliance.rupture.replay_rows)
├── Undefined            a result is not defined for its inputs
├── Refusal              somebody asks for what they may not do or what is impossible
├── BadKey               an encryption key is missing or invalid, or a text cannot be decrypted
├── BadBackup            a backup cannot be made, or is incomplete
├── BadDatabaseCopy      a database cannot be copied to another, or the copy is incomplete
├── WrongSchema          the database was made by a newer program
├── StoreUnavailable     the database cannot be opened or written
│   └── StoreDamaged     part of it cannot be read; waiting does not help
└── TelegramUnreachable  Telegram cannot be reached, or has not responded for long

Outside the tree are errors that never reach a person, because the module that raises them or
its caller handles them: ``BadStatement`` (storage.database.tx), ``TooLarge`` (bot.web.answer_page),
``PollingStalled`` (bot.updates.poller), ``CheckFailed`` and ``BotNameUnknown`` (bot.commands),
and those of the simulator and the demo (``BrokenSimulator``, ``BotApiRefusal``, ``StepFailed``).
"""


class AttuneError(Exception):
    """An expected error; its message is a sentence for the reader."""


class BadInstrument(AttuneError):
    """The instrument file is invalid; the message names the file and the field."""


class BadRepairCard(AttuneError):
    """The repair card is invalid; the message names the file and the problem."""


class BadAnswer(AttuneError):
    """The item does not allow this value."""


class BadPlan(AttuneError):
    """The plan is invalid; the message says what to change."""


class Undefined(AttuneError):
    """The result is not defined for these inputs."""


class Refusal(AttuneError):
    """A request is refused; ``key`` is the text that says why.

    Args:
        key: Key of a text in the catalogue.
        values: Values of the text's placeholders.
    """

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class BadSettings(AttuneError):
    """A setting is missing, unknown or invalid; the message says which and what to do."""


class BadConsent(AttuneError):
    """The consent file is invalid; the message names the file and the slot."""


class BadBackup(AttuneError):
    """A backup cannot be made, or is incomplete; the message says what to do."""


class BadDatabaseCopy(AttuneError):
    """A database cannot be copied, or the copy is incomplete; the message says what to do."""


class BadKey(AttuneError):
    """A key is missing or invalid, or a text cannot be decrypted; the message says which."""


class StoreUnavailable(AttuneError):
    """The database cannot be opened or written; the message says what to check."""


class StoreDamaged(StoreUnavailable):
    """Part of the database cannot be read; only restoring a backup helps."""


class TelegramUnreachable(AttuneError):
    """Telegram cannot be reached; the process exits and its supervisor restarts it."""


class WrongSchema(AttuneError):
    """The database schema is newer than this program supports."""
