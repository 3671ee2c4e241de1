"""What looks like spam, and how often that is right: on figures alone, and on seeded years with spam planted."""

from dataclasses import replace

import pytest

from bench.spam import BEGINS, CHOSEN_BY, ENDS, HONEST, MEASURED_ON, PAGE, SPAM, measure, together
from bot.platform.spam import Figures, Verdict, judge

USUAL = Figures(
    sent=300,
    to_new_domains=9,
    new_domains=7,
    bounced=5,
    complained=0,
    before=(280, 320, 300) * 10,
    bounced_before=0.015,
    complained_before=0.0003,
)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({}, Verdict.NOTHING),
        ({"sent": 2_000, "to_new_domains": 60, "bounced": 30}, Verdict.POSSIBLE),  # a campaign
        ({"to_new_domains": 200}, Verdict.POSSIBLE),
        ({"sent": 4_000, "to_new_domains": 3_600, "bounced": 60}, Verdict.POSSIBLE),  # new contacts
        ({"sent": 4_000, "to_new_domains": 3_600, "bounced": 400}, Verdict.LIKELY),
        ({"sent": 4_000, "to_new_domains": 3_600, "complained": 20}, Verdict.LIKELY),
        ({"bounced": 40, "complained": 5}, Verdict.LIKELY),
        ({"sent": 900, "complained": 12}, Verdict.LIKELY),  # needs no other sign
        ({"bounced": 30, "bounced_before": 0.08}, Verdict.NOTHING),  # it always bounces like that
        ({"sent": 10, "to_new_domains": 10, "bounced": 5, "complained": 1}, Verdict.NOTHING),  # too few to tell
        ({"before": (), "sent": 150}, Verdict.NOTHING),
        ({"before": (), "sent": 5_000, "bounced": 600}, Verdict.POSSIBLE),  # new, and has nothing that is usual
        ({"sent": 0, "to_new_domains": 0, "bounced": 0}, Verdict.NOTHING),
    ],
)
def test_signs_that_seldom_come_together_are_likely_spam(other: dict[str, object], verdict: Verdict) -> None:
    """Each against the tenant itself."""
    assert judge(replace(USUAL, **other)).verdict is verdict  # type: ignore[arg-type]


def test_it_says_why_and_what_speaks_against_it() -> None:
    found = judge(replace(USUAL, sent=4_120, to_new_domains=3_337, new_domains=640, bounced=60))
    assert found.signs == (
        "4,120 mails in 3 hours; usually 300, and never more than 320 in the 30 days before",
        "81% of them to 640 domains it never wrote to before",
    )
    assert found.against == ("1.5% bounced; usually 1.5%", "0.00% complained; usually 0.03%")


def test_on_a_seeded_year_it_is_about_as_right_as_the_page_says() -> None:
    """A small one, of seeds that neither the thresholds nor the page go by."""
    found = together([measure(seed, tenants=20, days=120) for seed in (7, 8)])
    assert sum(found.planted.values()) >= 8
    assert found.recall >= 0.4
    assert found.precision >= 0.3


def test_the_page_has_what_was_measured() -> None:
    """Every kind of spam and of honest surprise; on other years than those the thresholds were chosen by."""
    measured = PAGE.read_text("utf-8").partition(BEGINS)[2].partition(ENDS)[0]
    assert all(kind in measured for kind in (*HONEST, *SPAM))
    assert not set(CHOSEN_BY) & set(MEASURED_ON)
