"""Every recorded value is as it was frozen, or differs for a stated reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from references import values as reference
from whole_project import first_outputs

from compendium.chapter.catalogue import Translator, translator
from compendium.run.executed import exhibits


def test_every_value_is_as_frozen_or_changed_for_a_reason(project: Path) -> None:
    lines = reference.differences(reference.frozen(), reference.built(first_outputs(project)))
    assert reference.unexplained(lines) == []


@pytest.mark.parametrize(
    ("part", "changed", "line"),
    [
        ("clusters", "18", "share.route1.month0 clusters: 17 -> 18"),
        ("clusters", "17.0", None),
        ("unit", "points", "share.route1.month0 unit: share -> points"),
    ],
)
def test_a_changed_value_is_seen(part: str, changed: str, line: str | None) -> None:
    frozen = reference.frozen()
    now = {name: dict(parts) for name, parts in frozen.items()}
    now["share.route1.month0"][part] = changed
    lines = reference.differences(frozen, now)
    assert lines == ([line] if line else [])
    assert [found for found in reference.unexplained(lines) if found == line] == lines
    assert reference.differences(frozen, {**now, "extra": now["share.route1.month0"]})[:1] == [
        "extra: new"
    ]


def texts(node: Any) -> list[str]:
    """The English templates of a payload that a Danish reader is shown in Danish."""
    if isinstance(node, list):
        return [text for item in node for text in texts(item)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("caption", "alt", "note", "text", "label") if key in node]
    own += [node.get("value")] if node.get("unit") == "text" else []
    found = [text for text in own if isinstance(text, str)]
    inside = [item for key, item in node.items() if key not in ("svg", "narrow")]
    return found + [text for item in inside for text in texts(item)]


def test_every_text_of_every_exhibit_has_its_danish(project: Path) -> None:
    missing = []
    for path in sorted((first_outputs(project) / "executed").glob("*.ipynb")):
        translate: Translator = translator("da", path.stem)
        for exhibit in exhibits(json.loads(path.read_text("utf-8"))):
            if "chapter" not in exhibit.payload:  # a finding of another chapter is said there
                missing += [
                    (path.name, text)
                    for text in texts(exhibit.payload)
                    if translate.find(text) is None
                ]
    assert missing == []


def test_the_script_tells_what_differs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main([str(first_outputs(project))]) == 0
    assert "0 unexplained" in capsys.readouterr().out
