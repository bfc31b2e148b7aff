"""Lets a package offer names of its modules without importing them.

A reader should find what a package is for in one place, and an import should cost only what is
used: statistics libraries take seconds to load.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def face(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """What a package's `__init__` binds to `__getattr__`, `__dir__` and `__all__`.

    Parameters
    ----------
    package
        The package's `__name__`.
    names
        The names each module offers, separated by spaces, in the order a reader meets them; ""
        are sub-packages. A module must not be called as one of the names: once imported, it would
        hide it.
    """
    places = {name: module for module, offered in names.items() for name in offered.split()}

    def getattr_(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"'{package}' has no {name}; it has {', '.join(places)}")
        if not places[name]:
            return import_module(f"{package}.{name}")
        return getattr(import_module(f"{package}.{places[name]}"), name)

    return getattr_, lambda: [*places], [*places]
