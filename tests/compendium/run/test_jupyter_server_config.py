"""JupyterLab on the compendium: where it opens, and that it saves what an author wrote alone."""

import json
import re
from pathlib import Path

import pytest
from mini_project import ROOT, SOURCE, built
from traitlets.config import PyFileConfigLoader

CHAPTERS = sorted((SOURCE / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def config():
    return PyFileConfigLoader("jupyter_server_config.py", ROOT / "compendium" / "run").load_config()


def saved(config, notebook, path="notebooks/07_work.ipynb"):
    model = {"type": "notebook", "content": notebook}
    config.FileContentsManager.pre_save_hook(path=path, model=model, contents_manager=None)
    return model["content"]


def test_lab_shows_the_whole_compendium(config):
    assert config.ServerApp.root_dir == str(ROOT)


def test_lab_opens_on_a_page_that_leads_to_every_chapter(config):
    start = ROOT / config.LabApp.default_url.removeprefix("/lab/tree/")
    page = start.read_text("utf-8")
    links = dict(re.findall(r"\[([^\]]+)\]\(([^)]+)\)", page))
    built = [link for link in links.values() if "/outputs/" in link]
    assert built == ["../outputs/report/en/report.html"]
    assert all((start.parent / link).is_file() for link in links.values() if link not in built)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        about = json.loads(path.read_text("utf-8"))["metadata"]["compendium"]
        assert links[f"{about['chapter']} {about['title']}"] == f"../notebooks/{path.name}"


def test_lab_is_set_by_its_own_settings(config):
    overrides = json.loads((Path(config.LabApp.app_settings_dir) / "overrides.json").read_text())
    viewers = overrides["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers == {"markdown": "Markdown Preview"}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_that_was_run_is_saved_as_it_was_written(config, path):
    executed = json.loads((built().out / "executed" / path.name).read_text("utf-8"))
    executed["metadata"]["widgets"] = executed["metadata"]["language_info"]["version"] = "3"
    for cell in executed["cells"]:
        cell["metadata"] |= {"collapsed": True, "jupyter": {"outputs_hidden": True}}
    assert saved(config, executed) == json.loads(path.read_text("utf-8"))


def test_a_chapter_is_a_source_wherever_it_lies_and_an_edition_of_one_is_not(config):
    executed = (built().out / "executed" / "07_work.ipynb").read_text("utf-8")
    clean = saved(config, json.loads(executed), "examples/mine/07_work.ipynb")
    assert not any(cell.get("outputs") for cell in clean["cells"])
    edition = (built().out / "notebooks" / "en" / "07_work.ipynb").read_text("utf-8")
    assert saved(config, json.loads(edition), "mine/07_work.ipynb") == json.loads(edition)


def test_other_notebooks_and_files_are_saved_as_they_are(config):
    text = (built().out / "executed" / "07_work.ipynb").read_text("utf-8")
    assert saved(config, json.loads(text), "outputs/executed/07_work.ipynb") == json.loads(text)
    model = {"type": "file", "content": "text"}
    config.FileContentsManager.pre_save_hook(path="notebooks/x.py", model=model)
    assert model["content"] == "text"
