"""How the projects were run, and what participants said: milestones, fidelity, elements, survey.

Here belong estimates from the municipal tables and the questionnaire. The register does not enter.

participation      units, municipalities and routes
traffic_lights     what was reached of what was expected
three_counts       the same people as three sources count them
fidelity_matrix    how far each project met each requirement
catalogue          the elements and approaches, with their names
choices            how many projects chose each approach
approaches         the same of what is recorded
share_with_any     ... that worked with an element at all
element_matrix     projects by approaches
cross              one element's approaches by another's
with_approaches    people with the approaches of their unit
column_of          the column an approach has there
compare_approaches each approach against the rest
specifications     ... under every reading of the words
response           who answered
response_weights   the mix of those invited, given to those who answered
worst_case         what silence could hide at most
delta_adjusted     ... and at each share one may suppose of the silent
scores             answers as numbers, don't-know left out
distribution       shares of each answer
answer_share       the share of some answers, with an interval
each_answer        ... of every answer
opinions           ... satisfied, dissatisfied, without an opinion
target_trial       what a comparison of routes compares, and what an effect would need
"""

from evallib.faces import face

_MODULES = {
    "units": "participation",
    "milestones": "traffic_lights three_counts",
    "fidelity": "fidelity_matrix",
    "elements": "catalogue choices approaches share_with_any element_matrix cross"
    " with_approaches column_of",
    "comparison": "compare_approaches",
    "specification": "specifications",
    "nonresponse": "response response_weights worst_case delta_adjusted",
    "survey": "scores distribution answer_share",
    "satisfaction": "each_answer opinions",
    "trial": "target_trial",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
