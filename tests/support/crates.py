"""Crates held against their profiles by the community's validator, without a network."""

from types import SimpleNamespace

import pytest
from rocrate.vocabs import RO_CRATE
from rocrate_validator.services import ValidationSettings, validate
from rocrate_validator.utils.http import HttpRequester

PROFILE = "provenance-run-crate-0.5"
OLD_NAMES = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the validator's, of rdflib
CONTEXT = "https://w3id.org/ro/crate/1.1/context"


class Library:
    """Serves the one document validation asks for, instead of the network.

    The library brings the context of RO-Crate 1.3; four terms that matter here have other addresses
    in 1.1, the version the profiles rest on.
    """

    cache = None

    def get(self, url, **_):
        bioschemas = "https://bioschemas.org/"
        older = {
            "ComputationalWorkflow": f"{bioschemas}ComputationalWorkflow",
            "FormalParameter": f"{bioschemas}FormalParameter",
            "input": f"{bioschemas}ComputationalWorkflow#input",
            "output": f"{bioschemas}ComputationalWorkflow#output",
        }
        assert url == CONTEXT
        document = {"@context": RO_CRATE["@context"] | older}
        headers = {"Content-Type": "application/ld+json"}
        return SimpleNamespace(status_code=200, headers=headers, json=lambda: document)

    def close(self):
        pass


def faults(folder, cache):
    """Return what the validator finds at its level REQUIRED, for the profile and those below it."""
    settings = ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier=PROFILE,
        requirement_severity="REQUIRED",
        offline=True,
        cache_path=cache,
    )
    HttpRequester().session.close()
    HttpRequester().session = Library()
    return sorted({str(issue.message) for issue in validate(settings).get_issues()})
