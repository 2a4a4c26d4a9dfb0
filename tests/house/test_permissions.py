"""Who may do what is decided in one table: nothing goes round it, and its page is true."""

import ast
from itertools import product
from pathlib import Path

from alliance.people import permissions
from alliance.people.permissions import TABLE, Action, Relation, Role
from handlers import routes
from handlers.app.menus import COMMANDS_OF
from handlers.app.permissions_page import page
from handlers.messages.after_hiding import SHOWN, STAYS
from handlers.messages.compose import ACTIONS, WRITERS
from handlers.taps import KINDS
from storage.messages.outbox import LANES

ROOT = Path(__file__).parents[2]
HANDLERS = ROOT / "handlers"
OF_OTHERS = ("coordinator/", "screens/people.py")
"""Where a role is read, it is that of somebody a coordinator does something with."""

DOORS = [*routes.COMMANDS.values(), *routes.TAPS.values(), routes.TEXT, routes.FILE]


def test_every_door_and_every_letter_has_its_action() -> None:
    """Commands, buttons, letters and what stays in a chat; and no action leads nowhere."""
    assert all(DOORS)
    assert set(routes.TAPS) == set(KINDS)
    assert set(ACTIONS) == set(WRITERS) == set(LANES)
    assert set(SHOWN) == set(STAYS)
    used = {action for door in DOORS for action in door} | {*ACTIONS.values(), *SHOWN.values()}
    assert used == set(Action) == set(TABLE)


def test_of_several_actions_behind_a_door_each_role_has_one() -> None:
    """So it does not matter which stands first."""
    for door, role in product(DOORS, Role):
        assert sum(permissions.has(role, action) for action in door) <= 1, (role, list(door))


def test_whoever_has_an_action_has_it_for_some_relation() -> None:
    """And for no relation at all, nobody may do anything."""
    for action, role in product(Action, Role):
        assert permissions.has(role, action) == permissions.may(role, action, frozenset(Relation))
        assert not permissions.may(role, action, frozenset())


def test_coordinators_and_strangers_reach_no_answer() -> None:
    """What patients say is theirs and their readers'; strangers only come in."""
    shows = {Action.SEE_ALERT, Action.SEE_COURSE, Action.SEE_GROUP, Action.READ_DIGEST}
    for action in shows:
        assert set(TABLE[action]) == {Role.THERAPIST}
    assert [action for action in Action if Role.STRANGER in TABLE[action]] == [Action.COME_IN]
    assert [action for action in Action if Role.FORMER_STAFF in TABLE[action]] == [Action.BE_TIDIED]


def test_a_menu_offers_what_its_role_may_do() -> None:
    """Nobody is offered a command that does not exist for them."""
    for role, names in COMMANDS_OF.items():
        for name in names:
            assert any(permissions.has(Role(role), one) for one in routes.COMMANDS[name]), name


def test_no_handler_decides_by_itself() -> None:
    """No role is compared but that of somebody a coordinator changes; only the guard asks."""
    for path in HANDLERS.rglob("*.py"):
        name, tree = str(path.relative_to(HANDLERS)), ast.parse(path.read_text())
        if name in ("guard.py", "permissions_page.py"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "alliance.people.permissions":
                assert {one.name for one in node.names} <= {"Action"}, name
            if isinstance(node, ast.Compare) and "role" in ast.unparse(node):
                words = ast.unparse(node)
                assert name.startswith(OF_OTHERS), (name, words)
                assert not any(who in words for who in ("coordinator.", "caller.", "turn.person"))


def test_the_page_is_true() -> None:
    """Made anew, it is the same."""
    written = (ROOT / "docs/permissions.md").read_text("utf-8")
    assert written == page(), "python -m handlers.app.permissions_page > docs/permissions.md"
