"""The page about who may what, made from the table and from what hangs in the house.

``python -m handlers.app.permissions_page > docs/permissions.md`` writes it anew.
"""

import sys
from collections.abc import Iterable

from alliance.people.permissions import TABLE, Action, Relation, Role
from handlers import routes
from handlers.messages.after_hiding import SHOWN
from handlers.messages.compose import ACTIONS

HEAD = """# Who may do what

This page is made from `alliance/people/permissions.py` by `python -m handlers.app.permissions_page`, and a test says when it is not true any more.
That table is the only place that decides: a handler names no role, it asks whether the one who writes may do this to the one it is about.
What is not in the table is nobody's.
What somebody may not do reads exactly like what does not exist.
Every command and every button is tried by every wrong person in `tests/stories/test_walls.py`, after every change that makes a right one wrong.

## What somebody has to do with it

It is found out anew each time, in `storage/people/relationships.py`, in the transaction that then acts.

| | |
|---|---|
"""  # noqa: E501 - one sentence a line

TABLE_HEAD = """
## The table

A cell says in which relation somebody of that role must stand; an empty one means: not at all.

| What | By | Patient | Therapist | Coordinator | Others |
|---|---|---|---|---|---|
"""

FOOT = """
Strangers are accounts that we do not know.
A supervisor is not a role here: nobody sees a therapist's patients but therapists who look after them, lead their group, or stand in.
Only private chats are answered: groups, channels, anonymous admins, other bots and inline queries are nobody.
The command line asks nobody: whoever can run `attune` on the server holds the database and its key.
"""  # noqa: E501 - one sentence a line

WORDS = {
    Relation.OWN: "it is about themselves, or their own: their check-in, their list, their file",
    Relation.TREATS: "looks after the patient now, alone or with others",
    Relation.TREATED: "looked after the patient before; reassigned or removed since",
    Relation.LEADS: "leads the group now",
    Relation.COVERS: "stands in today for one who treats or leads, by the clocks of who is away",
    Relation.COORDINATES: "every coordinator, for everybody; what patients answer is no part of it",
}
OTHERS = (Role.STRANGER, Role.FORMER_PATIENT, Role.FORMER_STAFF)


def page() -> str:
    """Return the page."""
    relations = "".join(f"| **{one}** | {WORDS[one]} |\n" for one in Relation)
    rows = "".join(f"{_row(action)}\n" for action in Action)
    return f"{HEAD}{relations}{TABLE_HEAD}{rows}{FOOT}"


def _row(action: Action) -> str:
    who = TABLE[action]
    cells = [
        ", ".join(one for one in Relation if one in who.get(role, ()))
        for role in (Role.PATIENT, Role.THERAPIST, Role.COORDINATOR)
    ]
    others = "; ".join(f"{role}: {', '.join(sorted(who[role]))}" for role in OTHERS if role in who)
    return f"| {action} | {' · '.join(_ways(action))} | {' | '.join(cells)} | {others} |"


def _ways(action: Action) -> list[str]:
    """Return by what an action is done: commands, buttons, typed words, files, letters."""
    ways = [f"`/{name}`" for name, door in routes.COMMANDS.items() if action in door]
    ways += ["typed text"] * (action in routes.TEXT) + ["a file"] * (action in routes.FILE)
    buttons = [kind.__name__ for kind, door in routes.TAPS.items() if action in door]
    ways += _named("button", (name.removesuffix("Tap") for name in buttons))
    ways += _named("letter", (kind for kind, known in ACTIONS.items() if known is action))
    shown = (kind for kind, known in SHOWN.items() if known is action)
    return ways + _named("what stays in the chat", shown)


def _named(what: str, names: Iterable[str]) -> list[str]:
    found = sorted(name.lower().replace("_", " ") for name in names)
    return [f"{what}: {', '.join(found)}"] if found else []


if __name__ == "__main__":
    sys.stdout.write(page())
