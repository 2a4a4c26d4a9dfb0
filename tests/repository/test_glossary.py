"""The glossary names modules and classes that exist, in alphabetical order."""

import re

from tests.paths import ROOT

ROW = re.compile(r"^\| (?!Word|---)(.+?) \| (.+) \| `(.+)` \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs/glossary.md").read_text("utf-8"))


def test_each_word_is_explained_once_in_alphabetical_order() -> None:
    """A reader finds a word without searching."""
    words = [re.sub(r"[^a-z0-9 ]", "", word.lower().replace("-", " ")) for word, _, _ in ROWS]

    assert len(words) > 100
    assert words == sorted(set(words))


def test_each_module_and_class_exists() -> None:
    """Whoever moves or renames a class corrects its row."""
    for word, meaning, module in ROWS:
        source = (ROOT / module).read_text("utf-8")
        for name in re.findall(r"`([A-Z]\w+)`", meaning):
            assert re.search(rf"^class {name}\b", source, re.MULTILINE), (word, name)
