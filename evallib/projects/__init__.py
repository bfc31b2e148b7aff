"""How the projects were run, and what participants said: milestones, fidelity, elements, survey.

Here belong estimates from the municipal tables and the questionnaire. The register does not enter.
"""
