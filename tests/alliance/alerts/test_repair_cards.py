"""Repair cards: every alert has one, each is short and has sources, and sites can replace them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from alliance.alerts.evidence import Evidence
from alliance.alerts.repair_cards import (
    MAX_WORDS,
    MAX_WORDS_OF_FORM,
    RuptureForm,
    choose_card,
    load_cards,
    read_card,
    shipped_cards,
)
from alliance.checkins.instruments import instrument, instrument_ids
from alliance.errors import BadRepairCard
from alliance.rupture import FollowUpAnswer, Verdict, VerdictKind
from alliance.rupture.group import GroupExtent
from alliance.rupture.notes import Note, NoteKind
from tests.paths import ROOT

CHECK_IN = instrument("check_in_4")
PAGE = ROOT / "docs" / "repair-cards.md"
FELL = Verdict(
    kind=VerdictKind.SCORES,
    probability=0.5,
    threshold=0.06,
    raised=True,
    alert=True,
    item="bond",
    rating=3.0,
    drop=6.0,
    mean=7.4,
    usual_low=8.0,
    usual_high=9.8,
    settled=None,
    check_ins=6,
    missed=0,
    sent=6,
)
STRAIGHT = Note(NoteKind.STRAIGHT, 5)
SILENT = replace(
    FELL, kind=VerdictKind.SILENCE, raised=False, item=None, drop=None, mean=None, missed=2
)
SAID = replace(FELL, kind=VerdictKind.DIRECT, settled="not_yet")
NAMES = sorted(shipped_cards())


@pytest.mark.parametrize("name", instrument_ids())
def test_every_item_of_every_instrument_has_a_card(name: str) -> None:
    """Whichever item falls."""
    for item in instrument(name).items:
        chosen = choose_card(Evidence(replace(FELL, item=item.id)), instrument(name))

        assert chosen.card in shipped_cards()
        assert chosen.card in {item.kind, item.id}


@pytest.mark.parametrize(
    ("verdict", "card"),
    [
        pytest.param(replace(FELL, item=None, drop=None), "overall", id="no item stands out"),
        pytest.param(SILENT, "silence", id="silence"),
        pytest.param(replace(SAID, settled="talk"), "talk", id="wants to talk"),
        pytest.param(SAID, "not_yet", id="not sorted"),
        pytest.param(None, "talk", id="asks that it be brought up"),
    ],
)
def test_whatever_else_an_alert_rests_on_has_a_card(verdict: Verdict | None, card: str) -> None:
    """What the patient says takes precedence over the ratings."""
    assert choose_card(Evidence(verdict), CHECK_IN).card == card


def test_every_way_to_want_attention_has_a_card() -> None:
    """Both direct answers that want attention are ids of cards."""
    assert {FollowUpAnswer.TALK.value, FollowUpAnswer.NOT_YET.value} <= set(shipped_cards())


def test_a_whole_group_outranks_one_member() -> None:
    """One or several members do not."""
    chosen = {
        extent: choose_card(Evidence(FELL), CHECK_IN, group=extent).card for extent in GroupExtent
    }

    assert chosen.pop(GroupExtent.WHOLE) == "whole_group"
    assert set(chosen.values()) == {"bond"}


@pytest.mark.parametrize(
    ("verdict", "notes", "form"),
    [
        pytest.param(FELL, (), None, id="a fall alone says nothing"),
        pytest.param(replace(SILENT, missed=1), (), None, id="one unanswered says nothing"),
        pytest.param(SILENT, (), RuptureForm.WITHDRAWAL, id="two unanswered in a row"),
        pytest.param(FELL, (STRAIGHT,), None, id="even ratings alone say nothing"),
        pytest.param(replace(FELL, sent=8), (), None, id="unanswered before says nothing"),
        pytest.param(
            replace(FELL, sent=8),
            (STRAIGHT,),
            RuptureForm.WITHDRAWAL,
            id="even ratings and silence",
        ),
        pytest.param(SAID, (), RuptureForm.CONFRONTATION, id="one item fell, and not sorted"),
        pytest.param(replace(SAID, mean=3.2), (), None, id="everything fell, and not sorted"),
        pytest.param(replace(SAID, raised=False), (), None, id="nothing fell, and not sorted"),
        pytest.param(replace(SAID, settled="talk"), (), None, id="wants to talk"),
        pytest.param(None, (), None, id="a wish"),
    ],
)
def test_the_form_is_guessed_only_where_signs_agree(
    verdict: Verdict | None, notes: tuple[Note, ...], form: RuptureForm | None
) -> None:
    """A single sign is not enough."""
    assert choose_card(Evidence(verdict, notes), CHECK_IN).form == form


@pytest.mark.parametrize("name", NAMES)
def test_cards_are_short_and_plain(name: str) -> None:
    """They can be read between two sessions, and blame or diagnose nobody."""
    card = shipped_cards()[name]
    most = MAX_WORDS_OF_FORM if name in set(RuptureForm) else MAX_WORDS

    for words in card.text.values():
        assert len(words.split()) <= most
        assert not re.search(
            r"resistan|patholog|disorder|borderline|manipulat|fault|failed|should have|störung"
            r"|schuld|versagt|pathologi",
            words.lower(),
        )


def test_a_card_and_its_form_have_seventy_words_at_most() -> None:
    """Both must fit below one picture."""
    assert MAX_WORDS + MAX_WORDS_OF_FORM == 70


@pytest.mark.parametrize("form", list(RuptureForm))
def test_a_guess_calls_itself_one(form: RuptureForm) -> None:
    """It says in plain words that it is a guess and not a diagnosis."""
    words = shipped_cards()[form].text["en"]

    assert "guess" in words
    assert "not a diagnosis" in words


@pytest.mark.parametrize("name", NAMES)
def test_the_page_names_each_card_and_its_sources(name: str) -> None:
    """The page lists the same sources as the card, each with its full reference."""
    page = PAGE.read_text("utf-8")
    [row] = re.findall(rf"^\| `{name}` \|.*\| (.+) \|$", page, re.MULTILINE)
    full = set(re.findall(r"^- `(\w+)`: .+\(\d{4}\)", page, re.MULTILINE))

    assert tuple(re.findall(r"`(\w+)`", row)) == shipped_cards()[name].sources
    assert set(shipped_cards()[name].sources) <= full


def test_the_page_names_no_source_that_nothing_rests_on() -> None:
    """Every reference on the page is used by a card."""
    named = set(re.findall(r"^- `(\w+)`: .+\(\d{4}\)", PAGE.read_text("utf-8"), re.MULTILINE))

    assert named == {source for card in shipped_cards().values() for source in card.sources}


GOOD = 'version = 2\nsources = ["ours_2026"]\n[text]\nen = "Ask how it was."\n'


def test_a_sites_card_takes_the_place_of_its_namesake(tmp_path: Path) -> None:
    """All other cards stay as shipped."""
    (tmp_path / "bond.toml").write_text(GOOD)
    cards = load_cards(tmp_path)

    assert cards["bond"].text == {"en": "Ask how it was."}
    assert {name: card for name, card in cards.items() if name != "bond"} == {
        name: card for name, card in shipped_cards().items() if name != "bond"
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("bund", GOOD, "bund.toml replaces no repair card. The cards are: bond"),
        ("bond", "version = ", "bond.toml cannot be read"),
        ("bond", GOOD.replace("version = 2\n", ""), "bond.toml, version: Field required"),
        ("bond", GOOD.replace('["ours_2026"]', "[]"), "bond.toml, sources"),
        ("bond", GOOD.replace("en =", "de ="), "the English text is missing"),
        ("bond", GOOD + f'de = "{"so " * 46}"\n', "de has 46 words; the limit is 45"),
        ("withdrawal", GOOD + f'de = "{"so " * 26}"\n', "de has 26 words; the limit is 25"),
        ("bond", 'colour = "red"\n' + GOOD, "bond.toml, colour"),
    ],
)
def test_a_card_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    """The message names the file and the problem."""
    (tmp_path / f"{name}.toml").write_text(content)

    with pytest.raises(BadRepairCard) as refused:
        load_cards(tmp_path)

    assert says in str(refused.value)


def test_a_folder_or_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A wrong setting is noticed at startup, not at the first alert."""
    with pytest.raises(BadRepairCard, match="There is no folder"):
        load_cards(tmp_path / "nowhere")
    with pytest.raises(BadRepairCard, match=r"bond\.toml cannot be read"):
        read_card(tmp_path / "bond.toml")
