"""What a build does not make again: pieces of reports, and reports in another language."""

import shutil

from mini_project import built, edit, edit_cell, rebuilt, results, states

from compendium.build.build import plan
from compendium.report.kept import Kept
from compendium.workspace import Workspace


def commented(workspace: Workspace) -> None:
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-01", lambda text: f"{text}\n# more")


def drawn_anew(workspace: Workspace) -> None:
    edit(
        workspace.notebooks / "01_start.ipynb",
        lambda text: text.replace("figsize=(4, 2)", "figsize=(5, 2)"),
    )


def retold(workspace: Workspace) -> None:
    edit_cell(workspace.notebooks / "01_start.ipynb", "01-text-02", lambda text: f"More. {text}")


def test_a_build_after_edits_gives_the_bytes_of_one_from_nothing(tmp_path):
    """Whatever is kept of earlier builds, and however it was damaged."""
    workspace = rebuilt(tmp_path / "mini")
    kept = [path for path in (workspace.memory / "kept").rglob("*") if path.is_file()]
    assert kept
    for path in kept[::2]:
        path.write_bytes(path.read_bytes()[:-7] + b"damaged")
    for change in (commented, drawn_anew, retold):
        change(workspace)
        states(Workspace(workspace.root, draft=True))  # a paragraph that is not translated yet
    after = results(workspace.out)
    shutil.rmtree(workspace.out)
    states(Workspace(workspace.root, draft=True))
    assert results(workspace.out) == after
    assert after != results(built().out)


def test_pieces_are_made_once_and_those_not_asked_for_go(tmp_path):
    made: list[str] = []

    def asked(kept: Kept, *texts: str) -> list[bytes]:
        def make(text: str) -> bytes:
            made.append(text)
            return text.upper().encode()

        return [kept.get([text], lambda text=text: make(text)) for text in texts]

    for texts, anew in ((("a", "b"), ["a", "b"]), (("a", "c"), ["c"]), (("a", "b"), ["b"])):
        kept = Kept(tmp_path / "kept")
        assert asked(kept, *texts) == [text.upper().encode() for text in texts]
        kept.sweep()
        assert made == anew
        made.clear()
    assert asked(Kept(tmp_path / "kept", base="other code"), "a") == [b"A"]
    assert made == ["a"]


def test_one_language_leaves_both_reports_alone_when_both_are_up_to_date(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    english = Workspace(workspace.root, languages=("en",))
    before = results(workspace.out)
    assert {step.state for step in plan(english)} == {"unchanged"}
    assert set(states(english).values()) == {"unchanged"}
    assert results(workspace.out) == before


def test_a_report_of_one_language_is_made_again_for_its_way_to_the_other_alone(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    commented(workspace)
    states(Workspace(workspace.root, languages=("en",)))
    assert not (workspace.out / "report" / "da" / "report.html").exists()
    told = {step.name: step.state for step in plan(workspace)}
    assert told["report en pdf"] == "unchanged"  # it has no such way
    assert told["report en html"] == told["report da pdf"] == "runs"
