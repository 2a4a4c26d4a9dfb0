"""One table decides who may do what; nothing bypasses it, and its page is up to date."""

import ast
from itertools import product

from alliance.people import permissions
from alliance.people.permissions import TABLE, Action, Relation, Role
from handlers import routes
from handlers.app.menus import COMMANDS_OF
from handlers.app.permissions_page import page
from handlers.messages.after_hiding import ACTIONS_TO_SHOW, PLACEHOLDER_BUILDERS
from handlers.messages.compose import ACTIONS, COMPOSERS
from handlers.taps import KINDS
from storage.messages.kinds_and_priorities import PRIORITY
from tests.paths import ROOT

HANDLERS = ROOT / "handlers"
ABOUT_OTHERS = ("people/", "groups/", "calendar/", "files/")
"""Handlers that compare the role of the person that an action is about."""

ROUTES = [*routes.COMMANDS.values(), *routes.TAPS.values(), routes.TEXT, routes.FILE]


def test_every_route_and_every_message_has_its_action() -> None:
    """Commands, buttons, messages and placeholders have one, and every action is used."""
    assert all(ROUTES)
    assert set(routes.TAPS) == set(KINDS)
    assert set(ACTIONS) == set(COMPOSERS) == set(PRIORITY)
    assert set(ACTIONS_TO_SHOW) == set(PLACEHOLDER_BUILDERS)
    used = {action for route in ROUTES for action in route} | {
        *ACTIONS.values(),
        *ACTIONS_TO_SHOW.values(),
    }
    assert used == set(Action) == set(TABLE)


def test_each_role_has_at_most_one_action_of_a_route() -> None:
    """So their order does not matter."""
    for route, role in product(ROUTES, Role):
        assert sum(permissions.role_has_action(role, action) for action in route) <= 1, (
            role,
            list(route),
        )


def test_every_action_of_a_role_needs_a_relation() -> None:
    """Without a relation to the record, nobody may do anything."""
    for action, role in product(Action, Role):
        assert permissions.role_has_action(role, action) == permissions.is_allowed(
            role, action, frozenset(Relation)
        )
        assert not permissions.is_allowed(role, action, frozenset())


def test_coordinators_and_strangers_see_no_answers() -> None:
    """Patients' answers are for their therapists; strangers can only use a link."""
    shows = {Action.SEE_ALERT, Action.SEE_COURSE, Action.SEE_GROUP, Action.READ_DIGEST}
    for action in shows:
        assert set(TABLE[action]) == {Role.THERAPIST}
    assert [action for action in Action if Role.STRANGER in TABLE[action]] == [Action.USE_LINK]
    assert [action for action in Action if Role.FORMER_STAFF in TABLE[action]] == [
        Action.CLEAR_CHAT
    ]


def test_a_menu_offers_only_what_its_role_may_do() -> None:
    """Nobody is offered a command that they cannot use."""
    for role, names in COMMANDS_OF.items():
        for name in names:
            assert any(
                permissions.role_has_action(Role(role), one) for one in routes.COMMANDS[name]
            ), name


def test_handlers_do_not_check_permissions_themselves() -> None:
    """Handlers do not compare the sender's role; only ``access`` asks the table."""
    for path in HANDLERS.rglob("*.py"):
        name, tree = str(path.relative_to(HANDLERS)), ast.parse(path.read_text())
        if name in ("app/access.py", "app/permissions_page.py"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "alliance.people.permissions":
                assert {one.name for one in node.names} <= {"Action"}, name
            if isinstance(node, ast.Compare) and "role" in ast.unparse(node):
                words = ast.unparse(node)
                assert name.startswith(ABOUT_OTHERS), (name, words)
                assert not any(who in words for who in ("coordinator.", "request.", "sender."))


def test_the_page_is_up_to_date() -> None:
    """It is generated from the table."""
    written = (ROOT / "docs/permissions.md").read_text("utf-8")
    assert written == page(), "python -m handlers.app.permissions_page > docs/permissions.md"
