"""What exhibits send to the notebook, without a notebook."""

from types import SimpleNamespace

import pytest

from compendium.chapter import display, exhibits, findings, recording


@pytest.fixture(autouse=True)
def of_its_own():
    """Each test is a chapter of its own, which has recorded nothing yet."""
    exhibits.OWN.clear()


FITTED = """value_id,claim,parameter,least,most
referred.route1,c038,process.sizes,2230.5,2231.5
referred_milestone.route1,c269,milestones.milestone.referred,1939.5,1940.5
referred_reported.route1,c352,milestones.reported_more.referred,2268.5,2269.5
shift.route1.month9,c102,targets.shift,0.3945,0.3955
"""


@pytest.fixture(autouse=True)
def register(tmp_path, monkeypatch):
    """The study in use is not made up, whatever the repository holds; its folder is returned."""
    monkeypatch.setattr("evallib.settings.study_folder", lambda _: tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def made_up(register):
    """The study in use is made up, and fits some printed numbers."""
    register.mkdir()
    (register / "study.toml").write_text("standin = true\n")
    (register / "basis.csv").write_text(FITTED)


@pytest.fixture
def sent(monkeypatch):
    """Outputs sent: payload, text, and the other forms by MIME type, with their metadata."""
    outputs = []

    def keep(payload, text, more=None, **metadata):
        outputs.append(
            SimpleNamespace(payload=payload, text=text, more=more or {}, metadata=metadata)
        )

    for module in (display, exhibits, findings, recording):
        monkeypatch.setattr(module, "emit", keep)
    return outputs
