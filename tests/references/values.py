"""Holds every recorded value against those frozen last.

    python tests/references/values.py outputs            tell what differs, and why if it was meant
    python tests/references/values.py outputs --freeze   freeze what the build gives now

`values.csv` has a row per value: what a reader is shown of it. `values_changed.toml` names the
differences that are meant, each with its reason; a reason that no difference needs is told, too, so
that the list does not outlive the change. Freeze anew, and empty the list, once its reasons stand
in CHANGELOG.md.
"""

import csv
import json
import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
FROZEN, CHANGED = HERE / "values.csv", HERE / "values_changed.toml"
PARTS = ("value", "low", "high", "level", "clusters", "n", "unit", "decimals", "decision")
TOLERANCE = 1e-12


def built(folder: Path) -> dict[str, dict[str, str]]:
    """The values of a build by id, each part as text."""
    files = [*sorted((folder / "values").glob("*.json")), folder / "verdicts.json"]
    values: dict[str, dict[str, str]] = {}
    for file in files:
        values |= json.loads(file.read_text("utf-8"))["values"]
    return {name: {p: _text(value.get(p)) for p in PARTS} for name, value in values.items()}


def frozen() -> dict[str, dict[str, str]]:
    """The frozen values by id, each part as text."""
    with FROZEN.open(encoding="utf-8", newline="") as file:
        return {row.pop("id"): row for row in csv.DictReader(file)}


def differences(before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]) -> list[str]:
    """What differs: one line per id and part."""
    lines = []
    for name in sorted(before.keys() | now.keys()):
        if name not in now or name not in before:
            lines.append(f"{name}: {'new' if name in now else 'gone'}")
            continue
        for part in PARTS:
            old, new = before[name][part], now[name][part]
            if not _same(old, new):
                lines.append(f"{name} {part}: {old or 'none'} -> {new or 'none'}")
    return lines


def unexplained(lines: list[str]) -> list[str]:
    """The differences nobody meant, and the reasons no difference needs."""
    meant = tomllib.loads(CHANGED.read_text("utf-8"))["changes"]
    patterns = {change["lines"]: re.compile(change["lines"]) for change in meant}
    left = [line for line in lines if not any(p.fullmatch(line) for p in patterns.values())]
    idle = [
        f"values_changed.toml: no difference is like {text}"
        for text, pattern in patterns.items()
        if not any(pattern.fullmatch(line) for line in lines)
    ]
    return left + idle


def _text(part: object) -> str:
    return "" if part is None else str(part)


def _same(old: str, new: str) -> bool:
    try:
        a, b = float(old), float(new)
    except ValueError:
        return old == new
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def main(arguments: list[str]) -> int:
    """Compare or freeze; the exit code is 1 if something differs that nobody meant."""
    now = built(Path(arguments[0]))
    if "--freeze" in arguments:
        with FROZEN.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["id", *PARTS], lineterminator="\n")
            writer.writeheader()
            writer.writerows({"id": name} | now[name] for name in sorted(now))
        return 0
    lines = differences(frozen(), now)
    left = unexplained(lines)
    told = [*left, f"{len(now)} values, {len(lines)} differences, {len(left)} unexplained"]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
