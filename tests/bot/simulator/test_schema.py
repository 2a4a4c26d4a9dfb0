"""The schema is made from source code, and its checks say what is wrong and where."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.schema import Schema, load_schema
from bot.simulator.schema.make_schema import make_schema
from tests.paths import ROOT

META = '__version__ = "0.1"\n__api_version__ = "9.9"\n'
TYPES = '''
class Mood(TelegramObject):
    kind: Literal[MoodKind.GOOD] = MoodKind.GOOD
    """Always good"""
    from_user: User = Field(..., alias="from")
    """Sender"""
    label: str | None = None
    """*Optional*. Label, 1-4 bytes"""
    gone: int | None = Field(None, json_schema_extra={"deprecated": True})
    """Old"""

class User(TelegramObject):
    id: int
    """Id"""

MoodUnion: TypeAlias = Annotated[Mood | User, Field(discriminator="kind")]
'''
METHOD = '''
class {name}(TelegramMethod[bool]):
    __returning__ = list[User]
    moods: list[MoodUnion]
    """At most 2 moods"""
    score: int | None = None
    """Values between 0-10 are accepted"""
'''


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Schema:
    """A schema made from a library of three classes."""
    for folder in ("types", "methods", "enums"):
        (tmp_path / "aiogram" / folder).mkdir(parents=True)
    (tmp_path / "aiogram/__meta__.py").write_text(META)
    (tmp_path / "aiogram/types/all.py").write_text(TYPES + "\nclass Update(TelegramObject): ...\n")
    (tmp_path / "aiogram/methods/feel.py").write_text(METHOD.format(name="SendFeeling"))
    (tmp_path / "aiogram/enums/kind.py").write_text(
        'class MoodKind(str, Enum):\n    GOOD = "good"\n'
    )
    monkeypatch.setattr("bot.simulator.schema.make_schema.METHODS", ("sendFeeling",))
    return Schema(make_schema(tmp_path / "aiogram"))


GOOD = {"kind": "good", "from": {"id": 1}}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"moods": [GOOD, {"id": 1}], "score": 10}, None),
        ({}, "moods is missing in sendFeeling"),
        ({"moods": "good"}, "moods is not a list"),
        ({"moods": [GOOD] * 3}, "moods is outside 0-2 items"),
        ({"moods": [GOOD], "score": 11}, "score is outside 0-10"),
        ({"moods": [GOOD], "score": True}, "score is not of type int"),
        ({"moods": [GOOD], "gone": 1}, "gone is unknown to sendFeeling"),
        ({"moods": [GOOD | {"from": {"id": "1"}}]}, "moods.0.from.id is not of type int"),
        ({"moods": [GOOD | {"label": "жжж"}]}, "moods.0.label is outside 1-4 bytes"),
        ({"moods": [GOOD | {"kind": "bad"}]}, "moods.0.kind is not 'good'"),
    ],
)
def test_mismatches_are_found_and_named(
    schema: Schema, params: dict[str, Any], message: str | None
) -> None:
    """The check returns the first one, with its path."""
    mismatch = schema.check_request("sendFeeling", params)

    assert (str(mismatch) if mismatch else None) == message


def test_form_values_are_converted(schema: Schema) -> None:
    """In a form everything is text; the schema knows the types."""
    assert schema.decode("sendFeeling", {"score": "7", "moods": "[]"}) == {"score": 7, "moods": []}
    assert load_schema().decode("sendMessage", {"chat_id": "-42", "text": "7"}) == {
        "chat_id": -42,
        "text": "7",
    }


def test_the_committed_schema_is_small_and_has_its_notice() -> None:
    """It derives from aiogram, whose licence must be named."""
    folder = ROOT / "bot/simulator/schema"
    raw = (folder / "schema.json").read_bytes()
    notice = (folder / "SCHEMA-NOTICE.txt").read_text("utf-8")

    assert len(raw) < 150_000
    assert f"aiogram {json.loads(raw)['aiogram']}" in notice
    assert "Permission is hereby granted, free of charge" in notice
