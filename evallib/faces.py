"""Lets a package offer names of its modules without importing them.

A reader should find what a package is for in one place, and an import should cost only what is
used: statistics libraries take seconds to load.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from importlib import import_module
from inspect import isfunction, signature
from numbers import Real
from typing import Any

from evallib.errors import EvalError

_KINDS: dict[str, tuple[Any, str]] = {
    "None": (type(None), "None"),
    "str": (str, "a text in quotes"),
    "float": (Real, "a number, such as 0.05"),
    "int": (Real, "a whole number"),
    "Mapping": (Mapping, "a dict"),
    **dict.fromkeys(("Sequence", "Collection", "Iterable"), (Iterable, "a list, such as [1, 2]")),
    "DataFrame": ("columns", "a frame (of a Series: .reset_index())"),
    "Study": ("definition", "a study, as load() gives it"),
    "Definition": ("routes", "study.definition"),
    "Trait": ("groups", "one of cohort.traits(study)"),
    "ResultsWrapper": ("model", "a fit, such as smf.ols(…).fit()"),
    "Coefficients": ("covariance", "a fit with its covariance, such as models.cr2(fit, groups)"),
    "Comparison": ("p_value", "a difference, such as contrast(…)"),
}
"""Of the kinds annotations name: the type, or what every such thing has; and what to give."""


def _fits(thing: Any, kind: str) -> bool:
    is_ = _KINDS[kind][0]
    is_one = hasattr(thing, is_) if isinstance(is_, str) else isinstance(thing, is_)
    return is_one and not (is_ is Iterable and isinstance(thing, str))


def _kinds(annotation: Any) -> list[str]:
    """The kinds an annotation allows; none where it allows any that `_KINDS` does not name."""
    told = str(getattr(annotation, "__qualname__", annotation))
    either = re.split(r" \| (?![^\[]*\])", told)
    kinds = [one.partition("[")[0].rpartition(".")[2] for one in either]
    return kinds if all(kind in _KINDS for kind in kinds) else []


def taught(function: Callable[..., Any], error: type[Exception]) -> Callable[..., Any]:
    """Have a function say what it takes where it is given another thing, before it starts."""
    known, name = signature(function), function.__name__
    wanted = {key: _kinds(parameter.annotation) for key, parameter in known.parameters.items()}

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            given = known.bind(*args, **kwargs).arguments
        except TypeError as fault:
            raise error(
                f"{name}: {fault}; it takes {', '.join(wanted)}, as ?{name} shows"
            ) from None
        for key, thing in given.items():
            if (kinds := wanted[key]) and not any(_fits(thing, kind) for kind in kinds):
                give = ", or ".join(_KINDS[kind][1] for kind in kinds)
                raise error(f"{name}: `{key}` is of type {type(thing).__name__}; give {give}")
        return function(*args, **kwargs)

    return call


def face(
    package: str, names: Mapping[str, str], error: type[Exception] = EvalError
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
    error
        Is raised where a function is given what it does not take.
    """
    places = {name: module for module, offered in names.items() for name in offered.split()}

    @cache
    def getattr_(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"'{package}' has no {name}; it has {', '.join(places)}")
        if not places[name]:
            return import_module(f"{package}.{name}")
        offered = getattr(import_module(f"{package}.{places[name]}"), name)
        return taught(offered, error) if isfunction(offered) else offered

    return getattr_, lambda: [*places], [*places]
