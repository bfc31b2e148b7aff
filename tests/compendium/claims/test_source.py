"""The source's own arithmetic, and where it contradicts itself.

Nothing here is computed from data: every number comes from data/published/claims.csv or the
definition file, so a slip in transcription fails here, and a contradiction that is listed in the
claims is shown to be one.
"""

from datetime import date, timedelta
from itertools import combinations, product

import pytest

from compendium.claims.claims import Claim
from compendium.claims.published import read_claims
from evallib.projects import participation
from evallib.study.definition import read_definition

CLAIMS = read_claims()
DEFINITION = read_definition()
ROUTES = (1, 2, 3)


def claim(value_id: str, page: int, section: str = "") -> Claim:
    """The one claim with that value id on that page."""
    found = [
        c
        for c in CLAIMS
        if (c.value_id, c.page) == (value_id, page) and c.section.endswith(section)
    ]
    assert len(found) == 1, (value_id, page, [c.id for c in found])
    return found[0]


def printed(value_id: str, page: int, section: str = "") -> float:
    low, high = claim(value_id, page, section).limits
    assert low == high
    return low


def contradict(a: Claim, b: Claim) -> bool:
    """Whether the claims file says that the two cannot hold together."""
    return b.id in a.contradicts and a.id in b.contradicts


def counts_printed_as(percent: float, n: int) -> range:
    """The whole numbers whose share of `n` may be printed as `percent`, ties both ways."""
    fits = [k for k in range(n + 1) if abs(100 * k / n - percent) <= 0.5 + 1e-9]
    return range(fits[0], fits[-1] + 1)


# --- what adds up ------------------------------------------------------------------------------


def test_referred_add_up_on_every_page_that_prints_them():
    for page, part, total in ((6, "referred", "referred"), (14, "referred_reported", "referred")):
        parts = [printed(f"{part}.route{r}", page) for r in ROUTES]
        assert parts == [2231, 522, 877]
        assert sum(parts) == printed(f"{total}.total", page) == 3630
    assert printed("referred_reported.total", 14) == 3630


@pytest.mark.parametrize("figure", ["figur a", "figur c"])
def test_the_n_of_the_figures_are_the_numbers_referred(figure: str):
    for r in ROUTES:
        assert printed(f"n.route{r}.month0", 7, figure) == printed(f"referred.route{r}", 6)


def test_milestones_add_up():
    milestones = [printed(f"referred_milestone.route{r}", 14) for r in ROUTES]
    assert milestones == [1940, 630, 832]
    assert sum(milestones) == printed("referred_milestone.total", 14) == 3402


def test_units_projects_and_municipalities():
    routes, units = DEFINITION.routes, DEFINITION.units
    entries = [len(route.units) for route in routes]
    assert entries == [printed(f"units.route{r}", 4) for r in ROUTES] == [17, 5, 10]
    assert sum(entries) == printed("projects.total", 4) == 32
    assert len(participation(DEFINITION).several_routes) == printed("units.two_routes", 4) == 5
    assert len(units) == sum(entries) - 5 == 27
    names = {name for unit in units for name in unit.municipalities}
    assert len(names) == sum(len(unit.municipalities) for unit in units) == 29


def test_answers_per_unit_add_up():
    units = [c for c in CLAIMS if c.value_id.startswith("respondents.route1.rank")]
    sizes = [c.limits[0] for c in units]
    assert len(units) == len(DEFINITION.route(1).units) == 17
    assert sum(sizes) == printed("scored.route1", 23) == 710
    ranks = [int(c.value_id[-2:]) for c in units]
    assert sorted(ranks) == list(range(1, 18))
    by_rank = [size for _, size in sorted(zip(ranks, sizes, strict=True))]
    assert by_rank == sorted(sizes, reverse=True)
    named = {c.statement_en.split(" has ")[0] for c in units}
    assert named == set(DEFINITION.route(1).units)


def test_companies_interviewed_add_up():
    parts = [printed(f"fieldwork.companies.route{r}", 13) for r in ROUTES]
    assert parts == list(DEFINITION.fieldwork.companies) == [4, 4, 5]
    assert sum(parts) == printed("fieldwork.companies.total", 13) == 13


def test_satisfaction_on_route_1_adds_up_to_rounding():
    answers = [c for c in CLAIMS if c.value_id.startswith("satisfaction.route1.")]
    shares = {c.value_id.split(".")[-1]: c.limits[0] for c in answers}
    assert len(shares) == 6
    assert sum(shares.values()) == 99
    satisfied = shares["satisfied"] + shares["very_satisfied"]
    assert satisfied == printed("satisfied.route1", 9) == printed("satisfied.route1", 22) == 61
    assert (
        abs(satisfied - printed("satisfied.route1", 6)) <= claim("satisfied.route1", 6).rounding / 2
    )


def test_traffic_lights():
    light = DEFINITION.traffic_light.light
    assert light(877, 975) == "yellow"
    assert light(877, 832) == "green"
    assert light(522, 630) == "yellow"
    assert light(522, 449) == light(2269, 1940) == light(2255, 1929) == "green"
    assert light(90, 100) == light(75, 100) == "yellow"
    assert (light(91, 100), light(74, 100)) == ("green", "red")
    assert printed("rule.yellow_from", 14) == printed("rule.yellow_from", 18) == 10
    assert printed("rule.red_above", 14) == printed("rule.red_above", 18) == 25


def test_22_starts_short_is_green_for_any_milestone_that_can_be():
    short, referred = int(printed("started_short.route3", 14)), int(printed("referred.route3", 6))
    possible = range(short, referred + short + 1)  # at most everybody referred has started
    green = [m for m in possible if DEFINITION.traffic_light.light(m - short, m) == "green"]
    assert green == list(range(221, 900))
    assert claim("started_shortfall.route3", 14).limits == (0, 10)


def test_everybody_is_followed_to_month_two_and_not_three():
    year, week = map(int, DEFINITION.study.register_last_week.split("-W"))
    thursday = date.fromisocalendar(year, week, 4)
    assert thursday.month != (thursday + timedelta(weeks=1)).month, "the last month is complete"
    last_year, last_month = map(int, DEFINITION.study.intake_last_month.split("-"))
    months = (thursday.year - last_year) * 12 + thursday.month - last_month
    assert months == DEFINITION.study.months_observed_by_all == 2
    assert printed("observed.month2", 7) == printed("referred.total", 6)


def test_fewer_are_left_at_the_end():
    for r, n in zip(ROUTES, (612, 128, 269), strict=True):
        month = int(printed(f"horizon.route{r}", 7))
        assert month == DEFINITION.route(r).horizon
        assert printed(f"n.route{r}.month{month}", 7) == n < printed(f"referred.route{r}", 6)


def test_most_units_can_meet_twice_a_week_though_most_long_courses_do_not():
    """Page 17 holds three statements on meetings; they can be true at the same time."""
    units = len(DEFINITION.route(1).units)
    possible = [
        (often_short, often_long)
        for long in (8, 9)
        for often_short, often_long in product(range(units - long + 1), range(long + 1))
        if 2 * (often_short + often_long) > units and 2 * (long - often_long) > long
    ]
    assert possible


# --- what does not -------------------------------------------------------------------------------


def test_27_municipalities_are_29_by_name():
    said, named = (c for c in CLAIMS if c.value_id == "municipalities.total")
    assert {said.limits[0], named.limits[0]} == {27, 29}
    assert contradict(said, named)


def test_two_tables_of_the_same_reports_differ():
    table5, table7 = claim("referred_reported.route1", 14), claim("referred_reported.route1", 18)
    assert table7.limits[0] - table5.limits[0] == 2269 - 2231 == 38
    assert printed("referred_milestone.route1", 14) == printed("referred_milestone.route1", 18)
    assert printed("referred_application.route1", 14) == printed("referred_application.route1", 18)
    with_table7 = table7.limits[0] + sum(printed(f"referred_reported.route{r}", 14) for r in (2, 3))
    assert with_table7 == 3668 != printed("referred_reported.total", 14)
    assert contradict(table5, table7)
    assert contradict(claim("referred_reported.total", 14), table7)


def test_more_started_than_were_referred():
    started = claim("started_reported.route1", 18)
    subset = claim("started_reported.route1 vs referred.route1", 18)
    assert (
        printed("referred.route1", 6) < started.limits[0] <= printed("referred_reported.route1", 18)
    )
    assert subset.value == "lower"
    assert contradict(started, subset)
    assert contradict(started, claim("referred.route1", 6))


@pytest.mark.parametrize("page", [9, 22])
def test_13_percent_dissatisfied_cannot_hold_and_14_can(page: int):
    """Enumerates every six counts that figure 4 and 61 per cent satisfied allow among 710."""
    n = int(printed("respondents.route1", 23, "figur 4"))
    answers = [c for c in CLAIMS if c.value_id.startswith("satisfaction.route1.")]
    counts = {c.value_id.split(".")[-1]: counts_printed_as(c.limits[0], n) for c in answers}
    satisfied = counts_printed_as(printed("satisfied.route1", page), n)
    pairs = {a + b for a, b in product(counts["very_dissatisfied"], counts["dissatisfied"])}
    sums = {a + b for a, b in product(counts["satisfied"], counts["very_satisfied"])} & {*satisfied}
    middle = {a + b for a, b in product(counts["dont_know"], counts["neither"])}
    possible = {d for d in pairs if any(n - d - m in sums for m in middle)}
    assert possible
    assert not possible & {*counts_printed_as(13, n)}
    assert possible <= {*counts_printed_as(14, n), *counts_printed_as(15, n)}
    assert possible & {*counts_printed_as(14, n)}
    said = claim("dissatisfied.route1", page)
    assert said.limits[0] == 13
    for other in ("satisfaction.route1.very_dissatisfied", "satisfaction.route1.dissatisfied"):
        assert contradict(said, claim(other, 23))
    assert contradict(said, claim("satisfied.route1", page))


def test_all_were_not_surveyed():
    n, rate = (
        printed("respondents.route1", 23, "figur 4"),
        printed("response.route1", 23, "figur 4"),
    )
    invited = [k for k in range(1, 4000) if abs(100 * n / k - rate) <= 0.5]
    assert (min(invited), max(invited)) == (1633, 1670)
    assert max(invited) < printed("referred.route1", 6) < printed("started_reported.route1", 18)
    everybody = claim("invited_share.route1", 13)
    assert everybody.limits[0] == 100
    assert contradict(everybody, claim("response.route1", 23, "figur 4"))


def test_17_units_have_no_equal_halves():
    halves = [
        claim(f"element.route1.duration.{side}", 17) for side in ("up_to_10_weeks", "over_10_weeks")
    ]
    units = claim("units.route1", 18)
    assert [half.limits[0] for half in halves] == [50, 50]
    assert units.limits[0] % 2 == 1
    assert all(contradict(half, units) for half in halves)


def test_a_mean_cannot_rest_on_answers_without_a_number():
    n = int(printed("respondents.route1", 23, "figur 4"))
    without = counts_printed_as(printed("satisfaction.route1.dont_know", 23), n)
    mean = claim("scored.route1", 23)
    assert n - min(without) == 692 < mean.limits[0]
    assert contradict(mean, claim("satisfaction.route1.dont_know", 23))


def test_the_original_target_of_route_3_is_not_met():
    said = claim("referred_reported.route3 vs referred_application.route3", 14)
    real, target = (
        printed("referred_reported.route3", 14),
        printed("referred_application.route3", 14),
    )
    assert said.value == "higher"
    assert real < target
    assert round(100 * (target - real) / target, 2) == 10.05
    assert contradict(said, claim("referred_application.route3", 14))


def in_words(page: int, start: str) -> Claim:
    found = [c for c in CLAIMS if c.page == page and c.statement_en.startswith(start)]
    assert len(found) == 1, (page, start)
    return found[0]


def test_what_is_called_small_is_not():
    gap = in_words(11, "The difference in satisfaction")
    lowest = printed("satisfied.route2", 11)
    assert [printed("satisfied.route1", 9) - lowest, printed("satisfied.route3", 12) - lowest] == [
        24,
        23,
    ]
    assert contradict(gap, claim("satisfied.route3", 12))
    short = in_words(14, "The shortfall on route 2")
    milestone = claim("referred_milestone.route2", 14)
    assert round(100 * (1 - printed("referred_reported.route2", 14) / milestone.limits[0])) == 17
    assert contradict(short, milestone)


def test_at_least_six_months_is_not_more_than_six():
    limits = [claim(f"target_group.{group}.months", 4) for group in ("young", "adult")]
    more = [in_words(9, "Barrier: CVs"), in_words(19, "Most people"), in_words(19, "Two of the")]
    assert [limit.limits[0] for limit in limits] == [6, 6]
    assert all(contradict(limit, said) for limit, said in product(limits, more))


def test_words_against_words():
    pairs = [
        (
            in_words(8, "Common sessions"),
            claim("element_given.route1.over_10_weeks.one_or_fewer", 17),
        ),
        (
            in_words(16, "Teaching was"),
            claim("element_given.route1.over_10_weeks.one_or_fewer", 17),
        ),
        (in_words(7, "The horizontal axis"), in_words(7, "The routes are compared")),
        (in_words(4, "The funds are for"), in_words(19, "Others were referred")),
    ]
    assert all(contradict(a, b) for a, b in pairs)


def test_every_contradiction_of_the_file_is_shown_above():
    """Claims that contradict each other fall into groups; a new group needs a test of its own."""
    groups = {c.id: {c.id} for c in CLAIMS if c.contradicts}
    for a, b in combinations([c for c in CLAIMS if c.contradicts], 2):
        if contradict(a, b) and groups[a.id] is not groups[b.id]:
            merged = groups[a.id] | groups[b.id]
            groups |= dict.fromkeys(merged, merged)
    assert len({id(group) for group in groups.values()}) == 10


# --- what looks wrong and is not --------------------------------------------------------------


def test_the_number_behind_the_hours_grows_only_below_46_percent():
    """Page 7 says it grows with the share; on route 2 that asks for a low share at the end."""
    start, end = printed("n.route2.month0", 7, "figur a"), printed("n.route2.month9", 7)
    rise = printed("shift.route2.month9", 7) / 100
    grows = [s / 1000 for s in range(346, 1001) if end * s / 1000 > start * (s / 1000 - rise)]
    assert grows
    assert max(grows) == 0.458


def test_half_up_and_half_even_print_the_same_shares():
    """No count among 710 lies on a tie, so the rounding rule of the source does not matter."""
    n = int(printed("respondents.route1", 23, "figur 4"))
    assert not [k for k in range(n + 1) if 200 * k % n == 0 and (200 * k // n) % 2 == 1]
