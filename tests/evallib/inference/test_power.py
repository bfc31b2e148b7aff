"""Differences that could be found, by hand."""

import numpy as np
import pytest

from evallib.errors import EstimationError
from evallib.inference.estimate import Estimate
from evallib.inference.power import detectable_difference, minimum_detectable

BASE = Estimate(0.04, -0.0, 0.08, 0.02, 16, 900, 17, 0.95, "t(16)")


def test_minimum_detectable_difference():
    # (2.119905 + 0.864667) x .02
    assert minimum_detectable(BASE) == pytest.approx(0.0596914, abs=1e-6)
    assert minimum_detectable(BASE, power=0.9) > minimum_detectable(BASE)


def test_detectable_difference_by_hand():
    # variance 1/3 (.05 + .95/40) + 1/14 (...), t(15): 2.131450 + 0.866245
    expected = (2.131450 + 0.866245) * np.sqrt((0.05 + 0.95 / 40) * (1 / 3 + 1 / 14))
    found = detectable_difference([40] * 3, [40] * 14, sd=1.0, icc=0.05)
    assert found == pytest.approx(expected, rel=1e-6)
    assert detectable_difference([40] * 3, [40] * 14, sd=2.0, icc=0.05) == pytest.approx(2 * found)
    with pytest.raises(EstimationError, match="2 units"):
        detectable_difference([40], [40], sd=1.0, icc=0.05)
