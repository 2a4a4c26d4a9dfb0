"""A repair card in words: what may help, and what the form of the answers may mean."""

from alliance.alerts.repair_cards import Cards, Chosen
from alliance.checkins.instruments import worded
from handlers.texts import say


def words(language: str, cards: Cards, chosen: Chosen) -> str:
    """Return a card's words in that language, else in English."""
    parts = [say(language, "card.head"), _text(language, cards, chosen.card)]
    if chosen.form is not None:
        parts.append(_text(language, cards, chosen.form))
    return "\n\n".join(parts)


def _text(language: str, cards: Cards, card: str) -> str:
    return worded(cards[card].text, language).strip()
