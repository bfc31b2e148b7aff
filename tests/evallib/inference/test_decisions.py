"""The rule that chooses among sentences, at its limits."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from evallib.inference.decisions import decide, decisive, direction
from evallib.inference.estimate import Estimate


def estimate(value, half):
    return Estimate(value, value - half, value + half, half / 2, 9, 90, 10, 0.95, "")


@pytest.mark.parametrize(
    ("differences", "which"),
    [
        ({"wide": estimate(0.0, 0.2), "clear": estimate(0.1, 0.05)}, "clear"),
        ({"less": estimate(-0.1, 0.05), "more": estimate(-0.3, 0.05)}, "more"),
        ({"small": estimate(0.02, 0.01), "wide": estimate(0.0, 0.2)}, "wide"),
        ({"near": estimate(0.03, 0.01), "far": estimate(0.0, 0.045)}, "far"),
    ],
)
def test_the_deciding_difference(differences, which):
    assert decisive(differences, 0.05)[0] == which


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.04, 0.04, "none"),
        (0.01, 0.04, "none"),  # different from zero, and too small to matter
        (0.01, 0.06, "higher"),
        (-0.09, -0.01, "lower"),
        (-0.01, 0.06, "unclear"),
        (-0.06, 0.01, "unclear"),
        (-0.05, 0.05, "unclear"),  # the margin itself is not within it
        (0.0, 0.06, "unclear"),
        (-0.06, 0.0, "unclear"),
        (None, 0.01, "unclear"),
        (0.01, None, "unclear"),
        (float("nan"), float("nan"), "unclear"),
    ],
)
def test_the_interval_decides(low, high, said):
    assert decide(SimpleNamespace(value=0.0, low=low, high=high), 0.05) == said


@pytest.mark.parametrize(
    ("number", "within", "said"),
    [
        (3, 0, "higher"),
        (-0.1, 0, "lower"),
        (0, 0, "none"),
        (np.float64(0), 1, "none"),
        (0.99, 1, "none"),
        (1, 1, "higher"),  # the limit itself is a difference
        (-1, 1, "lower"),
        (None, 1, "unclear"),
        (float("nan"), 1, "unclear"),
        (np.int64(-7), 2, "lower"),
    ],
)
def test_an_exact_number_decides(number, within, said):
    assert direction(number, within) == said


def test_a_result_without_an_interval_reaches_farthest():
    bare = SimpleNamespace(value=0.0, low=None, high=None)
    assert decisive({"near": estimate(0.0, 0.2), "bare": bare}, 0.05)[0] == "bare"


def test_the_rule_imports_nothing_heavy():
    code = "import sys, evallib.inference.decisions; print({'pandas', 'scipy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
