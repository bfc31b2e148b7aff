"""Panels drawn at random, for identities and slow implementations."""

import numpy as np
import pandas as pd


def simulated(seed: int, people: int, units: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        unit = f"U{rng.integers(units) if person >= 2 * units else person % units}"
        for month in range(int(rng.integers(3, 7)) if person >= 2 * units else 6):
            rows += [(f"P{person}", 1, unit, month, bool(rng.random() < 0.4))]
    return pd.DataFrame(rows, columns=["person_id", "route", "project", "month", "employed"])
