"""Makes the stand-in study: invented people in the input format of the real data.

The real register may not leave its owner, yet everything must run and be checked without it. The
study is drawn from a known process (`process`) and conditioned on the published results
(`calibration`): a match with the report shows that the pipeline computes what the report defines,
not that a finding is true.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from evallib.study.contract import BASIS, PERSON, REGISTER, TABLES
from standin import basis, calibration, process, register, survey, tables
from standin.careers import agency_jobs, careers


def make(out_dir: Path, seed: int | None = None) -> None:
    """Write the stand-in study to a folder: its tables, the register, study.toml and basis.csv.

    The same seed gives the same bytes; None takes the seed of parameters.toml. A file stands under
    its name only when complete. Raises calibration.CalibrationError if the targets are out of reach
    of the parameters.
    """
    seed = process.read_table("study")["seed"] if seed is None else seed
    frames = {f"{name}.csv": frame for name, frame in draw_tables(seed).items()}
    frames[BASIS] = basis.printed()
    texts = {name: frame.to_csv(index=False, lineterminator="\n") for name, frame in frames.items()}
    texts["study.toml"] = f'standin = true\nseed = {seed}\nmade_by = "standin"\n'
    out_dir.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        part = out_dir / f".{name}.part"
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(out_dir / name)


def draw_tables(seed: int) -> dict[str, pd.DataFrame]:
    """The tables of the study by name, in the columns of the input contract.

    Units get pseudonyms in an order nobody is told: no result stands under a municipality's name.
    """
    parameters = process.Parameters.default()
    rng = np.random.default_rng(seed)
    apart = rng.spawn(1)[0]  # a stream of its own, so that temp jobs move no other draw
    numbers = np.arange(parameters.n_units)
    names = np.array([f"Enhed {number + 1:02d}" for number in rng.permutation(numbers)])
    chosen = tables.approaches(parameters, rng)
    helpful = chosen[chosen["effect"] > 0].groupby("element")["unit"]
    does = np.array([np.isin(numbers, units) for _, units in helpful])
    draw = calibration.calibrate(parameters, _effects(parameters, chosen), does, rng)
    lives = careers(parameters, draw, rng)
    people = tables.participants(draw, lives, names[draw.people.unit], rng)
    lives = agency_jobs(lives, people, apart)
    found = {
        "participants": people,
        REGISTER: register.record(people[PERSON].to_numpy(), lives, rng),
        "survey": survey.survey(parameters, people, draw.people.unit, rng),
        "milestones": tables.milestones(people, draw, rng),
        "elements": chosen.assign(project=names[chosen["unit"]]),
        "fidelity": tables.fidelity(names[list(parameters.units[0])], rng),
    }
    return {name: _as_agreed(name, frame) for name, frame in found.items()}


def _effects(parameters: process.Parameters, chosen: pd.DataFrame) -> process.Floats:
    """Fixed effects by route and unit, zero on average over the people of a route."""
    effects = np.zeros((len(process.ROUTES), parameters.n_units))
    np.add.at(effects, (chosen["route"] - 1, chosen["unit"]), chosen["effect"])
    for row, units, sizes in zip(effects, parameters.units, parameters.sizes, strict=True):
        row[list(units)] -= np.average(row[list(units)], weights=sizes)
    return effects


def _as_agreed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns by the contract, rows in an order that does not tell how they were made."""
    if name == REGISTER:
        return frame.sort_values(PERSON)
    columns = [column.name for column in TABLES[name].columns]
    return frame[columns].sort_values(columns[:4])
