"""How often an alert is right is what the benchmark found, said in words."""

import pytest

from alliance.checkins.instruments import instrument
from alliance.rupture import BUDGETS, detector_names
from alliance.rupture.chances import FILE, LIMITS, Share, in_words, right_share
from alliance.rupture.missed_checkins import MissedInARow
from alliance.rupture.rules.control_charts import IndividualsChart2
from benchmarks.detection.make_chances import chances
from benchmarks.detection.report import GIVEN, read_report
from benchmarks.detection.settings import WAI7, instrument_of

CHECK_IN = instrument("check_in_4")
NEVER_SIMULATED = {MissedInARow.name, IndividualsChart2.name}


def test_the_file_is_what_the_committed_benchmark_says() -> None:
    """Made anew, it is the same: no figure without its source."""
    assert FILE.read_text("utf-8") == chances()


@pytest.mark.parametrize("budget", BUDGETS)
def test_it_is_the_figure_of_the_thresholds_the_bot_has(budget: int) -> None:
    """Of the fine scale for ten steps, of the coarse one for fewer."""
    shares = {
        result["setting"]: result["at"][f"shipped {budget}"]["ppv"]["value"] / 100
        for result in read_report(GIVEN)["results"]
        if result["title"] == "hidden Markov (as shipped)"
    }

    assert right_share("hidden_markov", CHECK_IN, budget=budget) == pytest.approx(
        shares["srs"], abs=1e-4
    )
    assert right_share("hidden_markov", instrument_of(WAI7), budget=budget) == pytest.approx(
        shares["wai7"], abs=1e-4
    )


@pytest.mark.parametrize("name", sorted(set(detector_names()) - NEVER_SIMULATED))
def test_every_rule_of_the_benchmark_has_a_share(name: str) -> None:
    """A published rule has one whatever the budget."""
    shares = [right_share(name, CHECK_IN, budget=budget) for budget in BUDGETS]

    assert all(share is not None and 0.1 < share < 0.6 for share in shares)


@pytest.mark.parametrize("name", sorted(NEVER_SIMULATED))
def test_nothing_is_said_of_what_was_never_simulated(name: str) -> None:
    """Silence as a rule of its own, and a chart that is not in the benchmark."""
    assert right_share(name, CHECK_IN, budget=5) is None


def test_shares_are_said_in_words() -> None:
    """In order, each below its limit, and the rest is nearly all."""
    limits = [limit for limit, _ in LIMITS]

    assert limits == sorted(limits)
    assert [in_words(limit - 1e-9) for limit in limits] == [words for _, words in LIMITS]
    assert in_words(1.0) is Share.NEARLY_ALL
    assert in_words(0.0) is Share.HARDLY_ANY
    assert set(Share) == {in_words(place / 100) for place in range(101)}
