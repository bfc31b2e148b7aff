"""What exhibits send to the notebook, without a notebook."""

from types import SimpleNamespace

import pytest

from compendium.chapter import display, exhibits, recording


@pytest.fixture
def sent(monkeypatch):
    """Outputs sent: payload, text, and the other forms by MIME type, with their metadata."""
    outputs = []

    def keep(payload, text, more=None, **metadata):
        outputs.append(
            SimpleNamespace(payload=payload, text=text, more=more or {}, metadata=metadata)
        )

    for module in (display, exhibits, recording):
        monkeypatch.setattr(module, "emit", keep)
    return outputs
