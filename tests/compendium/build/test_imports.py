"""Import closures: packages, relatives, names that are loaded when asked for, and files read."""

import ast
from pathlib import Path

import pytest

import compendium
import evallib
from compendium.build.imports import Imports, imported

ROOT = Path(__file__).parents[3]
LAZY = """
_MODULES = {"a": "f", "inner.c": "g", "": "inner"}
def __getattr__(name):
    import importlib
    import lib.always
    return getattr(importlib.import_module(find(_MODULES, name)), name)
"""


@pytest.fixture
def package(tmp_path):
    """A package that loads two names lazily, with a package inside it."""
    sources = {
        "lib/__init__.py": LAZY,
        "lib/always.py": "",
        "lib/a.py": "from lib.b import x\n",
        "lib/b.py": 'READS = ("lib/*.txt", "data/*.csv")\nx = 1\n',
        "lib/words.txt": "",
        "lib/inner/__init__.py": "from . import d\n",
        "lib/inner/c.py": "def g():\n    from ..b import x\n    return x\n",
        "lib/inner/d.py": "import csv\n",
        "lib/unused.py": "",
        "data/x.csv": "",
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def closure(folder, source):
    found = Imports([folder]).closure(imported(ast.parse(source)))
    return {path.relative_to(folder).as_posix() for path in found}


ALWAYS = {"lib/__init__.py", "lib/always.py"}
B = {"lib/b.py", "lib/words.txt"}
INNER = {"lib/inner/__init__.py", "lib/inner/d.py"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import csv", set()),
        ("from lib import f", {*ALWAYS, "lib/a.py", *B}),
        ("from lib import g", {*ALWAYS, *INNER, "lib/inner/c.py", *B}),
        ("from lib import unknown", ALWAYS),
        ("import lib.inner", {*ALWAYS, *INNER}),
        ("from lib import inner", {*ALWAYS, *INNER}),
        ("from lib.inner.c import g", {*ALWAYS, *INNER, "lib/inner/c.py", *B}),
        ("import lib", {*ALWAYS, *INNER, "lib/a.py", "lib/inner/c.py", *B}),
        ("from lib import *", {*ALWAYS, *INNER, "lib/a.py", "lib/inner/c.py", *B}),
        ("def later():\n    import lib.b", {*ALWAYS, *B}),
    ],
)
def test_a_closure_holds_what_python_would_load_and_what_it_reads(package, source, expected):
    assert closure(package, source) == expected


def test_what_only_type_checkers_import_does_not_count(package):
    (package / "lib" / "b.py").write_text(
        "import typing\nif typing.TYPE_CHECKING:\n    import html\n    import lib.unused\n"
    )
    assert Imports([package]).outside(["lib.b"]) == ["importlib", "typing"]
    assert "lib/unused.py" not in closure(package, "import lib.b")


@pytest.mark.parametrize("face", [compendium, evallib])
def test_each_name_of_our_packages_leads_to_the_module_that_makes_it(face):
    imports = Imports([ROOT])
    assert len(face.__all__) > 10
    for name in face.__all__:
        home = getattr(face, name)
        module = getattr(home, "__module__", None) or home.__name__
        path = ROOT.joinpath(*module.split("."))
        files = {path.with_suffix(".py"), path / "__init__.py"}
        assert files & set(imports.closure([f"{face.__name__}.{name}"])), name


def test_a_chapter_rests_on_the_engine_and_the_words_but_not_on_the_build():
    found = Imports([ROOT]).closure(["compendium.run.engine"])
    names = {path.name for path in found}
    assert {"engine.py", "formatting.py", "words.toml"} <= names
    assert not {"graph.py", "build.py", "cli.py", "html.py"} & names
