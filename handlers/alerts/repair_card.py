"""The text of a repair card: what may help, and what the pattern of answers may mean."""

from alliance.alerts.repair_cards import CardChoice, RepairCards
from alliance.checkins.instruments import wording_in
from handlers.texts import say


def repair_card_text(language: str, cards: RepairCards, choice: CardChoice) -> str:
    """Return the text of a card in that language, or else in English."""
    parts = [say(language, "card.head"), _text(language, cards, choice.card)]
    if choice.form is not None:
        parts.append(_text(language, cards, choice.form))
    return "\n\n".join(parts)


def _text(language: str, cards: RepairCards, card: str) -> str:
    return wording_in(cards[card].text, language).strip()
