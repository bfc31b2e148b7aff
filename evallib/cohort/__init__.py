"""Who counts, and from when: referrals, person-months, background and courses.

Here belong frames of people and of their months, made from a `Study`. Means and shares of them are
`evallib.curves`', comparisons `evallib.inference`'s.

first_referrals  one row per person, at the first referral
person_months    one row per person and month since then
flow             how many of those referred can be followed
background       who people were before referral
traits           the groups they come in, with their names
target_groups    whom the project was for
banded           numbers in the bands of the code list
full_years       between two dates
full_months      the same in months
industry_groups  the main groups of industries
afterwards       what came of each person
by_group         an estimate for each group of a trait
courses          waiting, start and end of each course
last_record      until when courses can be followed
started_by_week  one row per person and week since referral
lengths          how many courses lasted how long
with_division    the industry of each month
"""

from evallib.faces import face

_MODULES = {
    "panel": "first_referrals person_months flow",
    "people": "background traits target_groups banded full_years full_months industry_groups",
    "outcomes": "afterwards by_group",
    "attendance": "courses last_record started_by_week lengths with_division",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
