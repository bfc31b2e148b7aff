"""What JupyterLab saves of a chapter's source: what its author wrote, and nothing else."""

import json

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


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_that_was_run_is_saved_as_it_was_written(config, path):
    executed = json.loads((built().out / "executed" / path.name).read_text("utf-8"))
    executed["metadata"]["widgets"] = executed["metadata"]["language_info"]["version"] = "3"
    for cell in executed["cells"]:
        cell["metadata"] |= {"collapsed": True, "jupyter": {"outputs_hidden": True}}
    assert saved(config, executed) == json.loads(path.read_text("utf-8"))


def test_other_notebooks_and_files_are_saved_as_they_are(config):
    text = (built().out / "executed" / "07_work.ipynb").read_text("utf-8")
    assert saved(config, json.loads(text), "outputs/executed/07_work.ipynb") == json.loads(text)
    model = {"type": "file", "content": "text"}
    config.FileContentsManager.pre_save_hook(path="notebooks/x.py", model=model)
    assert model["content"] == "text"
