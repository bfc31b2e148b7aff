"""What becomes of a cohort month by month: shares, means, occupancy, first job, entry.

Here belong estimates with time on one axis, and their bands. They take any frame of persons and
months. A regression on persons belongs to `evallib.models`.

share            among those observed in month k
mean             of a number in month k, among all or some
ever             at least once so far
ever_share       at least once while observed
risk_set         how many are observed
shift            since month 0
simultaneous     a curve with a band that holds all its months at once
difference       between the curves of two groups, by month or with such a band
occupancy        of states, had everybody been followed (Aalen-Johansen)
expected_months  in a state
incidence        of a first event
drift            whether later entrants do better
fixed_cohort     one population throughout
standardised     to everybody who entered
thresholds       at least so many hours
sustained        whether something held for some months running
states           what a person lives on
readings         the main numbers under the other readings the source leaves open
"""

from evallib.faces import face

_MODULES = {
    "shares": "share mean ever ever_share risk_set",
    "changes": "shift",
    "bands": "simultaneous difference",
    "moves": "occupancy expected_months incidence",
    "entry": "drift fixed_cohort standardised",
    "spells": "thresholds sustained states",
    "sensitivity": "readings",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
