"""The share of correct alerts comes from the benchmark and is shown in words."""

import pytest

from alliance.checkins.instruments import instrument
from alliance.rupture import BUDGETS, detector_names
from alliance.rupture.chances import FILE, LIMITS, VerbalShare, right_share, share_in_words
from alliance.rupture.missed_checkins import MissedInARow
from alliance.rupture.rules.control_charts import IndividualsChart2
from benchmarks.detection.make_chances import chances
from benchmarks.detection.report import GIVEN_FILE, read_report
from benchmarks.detection.settings import WAI7, instrument_of

CHECK_IN = instrument("check_in_4")
NEVER_SIMULATED = {MissedInARow.name, IndividualsChart2.name}


def test_the_file_is_what_the_committed_benchmark_says() -> None:
    """Regenerating it gives the same file, so every number has its source."""
    assert FILE.read_text("utf-8") == chances()


@pytest.mark.parametrize("budget", BUDGETS)
def test_it_is_the_figure_of_the_thresholds_the_bot_has(budget: int) -> None:
    """From the fine scale for ten or more steps, from the coarse scale for fewer."""
    shares = {
        result["setting"]: result["at"][f"shipped {budget}"]["ppv"]["value"] / 100
        for result in read_report(GIVEN_FILE)["results"]
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
    """A published rule has one for any budget."""
    shares = [right_share(name, CHECK_IN, budget=budget) for budget in BUDGETS]

    assert all(share is not None and 0.1 < share < 0.6 for share in shares)


@pytest.mark.parametrize("name", sorted(NEVER_SIMULATED))
def test_nothing_is_said_of_what_was_never_simulated(name: str) -> None:
    """The silence-only rule, and a chart that is not in the benchmark."""
    assert right_share(name, CHECK_IN, budget=5) is None


def test_shares_are_said_in_words() -> None:
    """In order, each below its limit, and the rest is nearly all."""
    limits = [limit for limit, _ in LIMITS]

    assert limits == sorted(limits)
    assert [share_in_words(limit - 1e-9) for limit in limits] == [words for _, words in LIMITS]
    assert share_in_words(1.0) is VerbalShare.NEARLY_ALL
    assert share_in_words(0.0) is VerbalShare.HARDLY_ANY
    assert set(VerbalShare) == {share_in_words(place / 100) for place in range(101)}
