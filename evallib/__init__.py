"""The evaluation's logic: from tables on disk to results, knowing neither notebooks nor languages.

What is called most stands here, the rest in the packages; `?name` says more. In the order a reader
meets them:

load                the tables of a study, checked, as one `Study`
read                a code list or another table the edition brings along
read_definition     what was tried, on whom and when, and the rules that make results of records
read_analyses       the comparisons, as declared beforehand, with their margins
cohort              (package) who counts, and from when
first_referrals     one row per person
person_months       one row per person and month since referral
background          who people were before they were referred
curves              (package) shares, means, occupancy, first job, month by month
inference           (package) how sure a number is, and what may be said of it
proportion          a share that is counted, with its two counts
cluster_mean        a mean with the interval of few units
contrast            a difference between two groups
permutation         the same without a model of the spread: whole units exchanged
verdicts            what comparisons that belong together may be said to show
decide              ... and one that stands alone
direction           which sentence an exact number supports
models              (package) what statsmodels fits, with covariances that know the units
cr2                 Bell and McCaffrey's covariance
clustered           ... and the other conventions
average_effects     log odds as differences in probability
projects            (package) how the projects were run, and what participants said
participation       units, municipalities and routes
traffic_lights      what was reached of what was expected
EstimationError     what the rows at hand cannot tell
study               (package) files, contract, register, definition, code lists

Nothing is imported before it is asked for.
"""

from evallib.faces import face

_MODULES = {
    "study.study": "load",
    "study.codelists": "read",
    "study.definition": "read_definition",
    "inference.analyses": "read_analyses",
    "cohort.panel": "first_referrals person_months",
    "cohort.people": "background",
    "inference.estimate": "proportion",
    "inference.means": "cluster_mean contrast",
    "inference.assignments": "permutation",
    "inference.decisions": "verdicts decide direction",
    "models.covariance": "cr2 clustered",
    "models.effects": "average_effects",
    "projects.units": "participation",
    "projects.milestones": "traffic_lights",
    "errors": "EstimationError",
    "": "study cohort curves inference models projects",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
