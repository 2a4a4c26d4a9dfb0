"""Generates docs/permissions.md from the table of permissions, the routes and the messages.

Run ``python -m handlers.app.permissions_page > docs/permissions.md`` after a change.
"""

import re
import sys
from collections.abc import Iterable

from alliance.people.permissions import TABLE, Action, Relation, Role
from handlers import routes
from handlers.messages.after_hiding import ACTIONS_TO_SHOW
from handlers.messages.compose import ACTIONS

HEAD = """# Who may do what

`python -m handlers.app.permissions_page` generates this page from `alliance/people/permissions.py`; a test fails if it is out of date.
That table alone decides: a handler names no role, it asks whether the sender may perform the action on the record.
Anything not in the table is forbidden.
A refusal reads exactly as if the record did not exist.
`tests/stories/access/test_permissions.py` tries every command and every button as every unauthorised person, and again after every change that takes access away.

## Relations

`storage/people/relationships.py` looks up a person's relations to a record each time, in the transaction that then performs the action.

| | |
|---|---|
"""  # noqa: E501 - one sentence a line

TABLE_HEAD = """
## The table

A cell lists the relations that allow the action to that role; an empty cell means never.

| Action | Through | Patient | Therapist | Coordinator | Others |
|---|---|---|---|---|---|
"""

FOOT = """
Strangers are unknown accounts.
There is no supervisor role: only therapists who treat a patient, lead their group, or cover for such a therapist see the patient's data.
Only private chats are answered: groups, channels, anonymous admins, other bots and inline queries are ignored.
The command line checks no permission: whoever can run `attune` on the server has the database and its key.
"""  # noqa: E501 - one sentence a line

RELATION_WORDS = {
    Relation.OWN: "the record is about them, or is theirs: their check-in, their list, their file",
    Relation.TREATS: "treats the patient now, alone or with others",
    Relation.TREATED: "treated the patient before; reassigned or removed since",
    Relation.LEADS: "leads the group now",
    Relation.COVERS: "covers for a colleague who treats or leads and is absent on their local date",
    Relation.COORDINATES: "every coordinator, for every record except patients' answers",
}
OTHERS = (Role.STRANGER, Role.FORMER_PATIENT, Role.FORMER_STAFF)


def page() -> str:
    """Return the page."""
    relations = "".join(f"| **{one}** | {RELATION_WORDS[one]} |\n" for one in Relation)
    rows = "".join(f"{_row(action)}\n" for action in Action)
    return f"{HEAD}{relations}{TABLE_HEAD}{rows}{FOOT}"


def _row(action: Action) -> str:
    roles = TABLE[action]
    cells = [
        ", ".join(one for one in Relation if one in roles.get(role, ()))
        for role in (Role.PATIENT, Role.THERAPIST, Role.COORDINATOR)
    ]
    others = "; ".join(
        f"{role}: {', '.join(sorted(roles[role]))}" for role in OTHERS if role in roles
    )
    return f"| {action} | {' · '.join(_ways(action))} | {' | '.join(cells)} | {others} |"


def _ways(action: Action) -> list[str]:
    """Return what leads to an action: commands, buttons, typed text, files, messages."""
    ways = [f"`/{name}`" for name, route in routes.COMMANDS.items() if action in route]
    ways += ["typed text"] * (action in routes.TEXT) + ["a file"] * (action in routes.FILE)
    buttons = [kind.__name__ for kind, route in routes.TAPS.items() if action in route]
    ways += _label("button", (name.removesuffix("Tap") for name in buttons))
    ways += _label("message", (kind for kind, needed in ACTIONS.items() if needed is action))
    placeholders = (kind for kind, needed in ACTIONS_TO_SHOW.items() if needed is action)
    return ways + _label("placeholder", placeholders)


def _label(label: str, names: Iterable[str]) -> list[str]:
    shown = sorted(re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in names)
    return [f"{label}: {', '.join(shown)}"] if shown else []


if __name__ == "__main__":
    sys.stdout.write(page())
