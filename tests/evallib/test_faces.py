"""What the packages offer: every name is there, documented in order, and not hidden by a module."""

import doctest
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import evallib
from evallib.faces import face

PACKAGES = ["evallib", *(f"evallib.{name}" for name in evallib._MODULES[""].split())]
OFFERED = [(name, one) for name in PACKAGES for one in import_module(name).__all__]
FUNCTIONS = {one: getattr(import_module(name), one) for name, one in OFFERED}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_there_and_documented_in_order(package):
    module = import_module(package)
    firsts = [line.split()[0] for line in module.__doc__.splitlines() if line]
    listed = [word for word in firsts if word in module.__all__]
    if package == "evallib":  # its order is the reader's, not that of the modules
        listed.sort(key=module.__all__.index)
    assert listed == module.__all__
    assert sorted(listed) == dir(module)


@pytest.mark.parametrize(("package", "name"), OFFERED)
def test_no_module_hides_a_name(package, name):
    for module in walk_packages(evallib.__path__, "evallib."):
        import_module(module.name)
    offered = getattr(import_module(package), name)
    if package == "evallib" and f"evallib.{name}" in PACKAGES:
        assert offered is import_module(f"evallib.{name}")
    else:
        assert callable(offered)
        assert offered.__doc__


def test_nothing_is_imported_before_it_is_asked_for():
    code = "import sys; from evallib import curves; print({'numpy', 'pandas'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_name_that_is_not_there_is_told_those_that_are():
    with pytest.raises(AttributeError, match=r"'evallib' has no shares; it has load, read, "):
        _ = evallib.shares
    lookup, listing, names = face("evallib.study", {"study": "load", "": "contract"})
    assert listing() == names == ["load", "contract"]
    assert lookup("contract") is import_module("evallib.study.contract")


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if inspect.isfunction(f)])
def test_examples_run(name):
    """Also those of decorated functions, which doctest takes for another module's."""
    function = inspect.unwrap(FUNCTIONS[name])
    path = Path(inspect.getfile(function))
    for test in doctest.DocTestFinder(recurse=False).find(function, name):
        runner = doctest.DocTestRunner()
        assert runner.run(test).failed == 0, path
