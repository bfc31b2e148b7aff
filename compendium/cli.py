"""The command line: build, plan, check and verify, and how their results are told.

Exit code 0 means done, 1 that a chapter or a check failed, 2 that the call, the set-up or the data
are at fault. A traceback is for --debug only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from compendium.build.progress import InPlace, Lines, Progress
from compendium.chapter.formatting import LANGUAGES
from compendium.errors import CompendiumError, DataFaultError, ParameterError, StorageError
from compendium.project import ROOT, Project

if TYPE_CHECKING:
    from compendium.build.build import Step

COMMANDS = ("build", "plan", "check", "verify")
_OWN = "another value for a chapter's parameter; results go to a folder of their own"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run a command and return the exit code; `root` is the project's folder."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[-1] in COMMANDS and given[-2:-1] not in (["--data"], ["--out"]):
        given = [given[-1], *given[:-1]]  # else --lang and --chapter take it for theirs
    options = _parser().parse_args(given)
    try:
        project = project_of(options, root)
        commands = {"build": _build, "plan": _plan, "check": _check, "verify": _verify}
        return commands[options.command](project, options)
    except CompendiumError as error:
        if options.debug:
            raise
        _tell(error, sys.stderr)
        return error.exit_code
    except Exception as error:
        if options.debug:
            raise
        fault = StorageError.of(error) if isinstance(error, OSError) else None
        unknown = f"{type(error).__name__}: {error}; --debug shows where this comes from"
        _tell(fault or unknown, sys.stderr)
        return fault.exit_code if fault else 1
    except KeyboardInterrupt:
        _tell("stopped; the next run goes on where this one was", sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python run_all.py", description="Build the report from its chapters."
    )
    add = parser.add_argument
    add("command", nargs="?", default="build", choices=COMMANDS, help="what to do (build)")
    add("--data", type=Path, metavar="DIR", help="the study's tables (data/standin)")
    add("--out", type=Path, metavar="DIR", help="where results go (outputs)")
    add("--lang", nargs="+", choices=LANGUAGES, default=list(LANGUAGES), help="languages (both)")
    add("--chapter", nargs="+", type=int, default=[], metavar="N", help="these chapters only")
    add("-p", action="append", default=[], metavar="NAME=VALUE", dest="parameters", help=_OWN)
    add("--jobs", type=int, default=2, metavar="N", help="steps that run at once (2)")
    add("--timeout", type=int, metavar="SECONDS", help="longest time for one cell")
    add("--keep-going", action="store_true", help="after a failure, run what does not depend on it")
    add("--debug", action="store_true", help="show tracebacks")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    return parser


def project_of(options: argparse.Namespace, root: Path) -> Project:
    """Return the project the options ask for, or raise ParameterError."""
    if options.data and not options.data.is_dir():
        raise ParameterError(f"--data {options.data}: there is no such folder")
    if options.jobs < 1:
        raise ParameterError(f"--jobs {options.jobs}: at least one step must run at a time")
    parameters = {}
    for text in options.parameters:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"-p {text}: write it as NAME=VALUE")
        parameters[name.strip()] = value.strip()
    if options.out and (options.out / "notebooks").resolve() == root.resolve() / "notebooks":
        raise ParameterError(
            f"--out {options.out}: that is the project itself; name another folder"
        )
    return Project(
        root=root.resolve(),
        data_dir=options.data,
        out_dir=options.out,
        languages=tuple(lang for lang in LANGUAGES if lang in options.lang),
        chapters=tuple(sorted(set(options.chapter))),
        parameters=parameters,
        timeout=options.timeout,
    )


def _build(project: Project, options: argparse.Namespace) -> int:
    from compendium.build.build import build

    say: Callable[[object], None] = (lambda _: None) if options.quiet else _tell
    if first := _first_run(project):
        say(first)
    progress = Progress() if options.quiet else (InPlace if sys.stdout.isatty() else Lines)()
    try:
        steps = build(project, progress, jobs=options.jobs, keep_going=options.keep_going)
    finally:
        progress.close()
    failed = [step for step in steps if step.error is not None]
    if failed:
        return _failed(failed, steps, debug=options.debug)
    ran = sum(step.state == "ran" for step in steps)
    if not ran:
        where = project.relative(project.out / "report")
        say(f"nothing to do: the report in {where} is up to date")
        return 0
    for lang in project.languages:
        for kind in ("html", "pdf"):
            say(project.out / "report" / lang / f"report.{kind}")
    say(f"{ran} of {len(steps)} steps ran in {progress.seconds():.0f} s")
    return 0


def _plan(project: Project, _: argparse.Namespace) -> int:
    from compendium.build.build import plan

    for step in plan(project):
        _tell(f"{step.state:<10} {step.name:<16}   {step.why}".rstrip())
    return 0


def _check(project: Project, options: argparse.Namespace) -> int:
    from compendium.check import check
    from compendium.run.notebooks import read_chapters

    found = [str(issue) for issue in check(read_chapters(project.notebooks), project.root)]
    for whole in (_claims, _tables):
        try:
            whole(project)
        except CompendiumError as error:
            found.append(str(error))
    for issue in found:
        _tell(issue)
    if not found and not options.quiet:
        _tell("no faults found")
    return 1 if found else 0


def _claims(project: Project) -> None:
    """Read what the report claims, if it is there."""
    from compendium.claims.published import read_claims, read_contradictions

    folder = project.root / "data" / "published"
    if folder.is_dir():
        read_contradictions(read_claims(folder), folder)


def _tables(project: Project) -> None:
    """Hold the study's tables against their contract, if they are made already."""
    from compendium.run import datacheck

    if project.data.is_dir():
        datacheck.run(project, None)


def _verify(project: Project, options: argparse.Namespace) -> int:
    from compendium.record.provenance import CRATE, verify

    found = verify(project)
    for difference in found:
        _tell(difference)
    if not found and not options.quiet:
        _tell(f"all files are as {project.relative(project.out / CRATE)} says")
    return 1 if found else 0


def _failed(failed: list[Step], steps: list[Step], *, debug: bool) -> int:
    """Tell every failure once, and what was left out because of them; return the exit code."""
    errors = {str(step.error): step.error for step in failed if step.error is not None}
    if debug:
        raise next(iter(errors.values()))
    for text, error in errors.items():
        known = isinstance(error, CompendiumError)
        _tell(text if known else f"{type(error).__name__}: {text}", sys.stderr)
    left = [step.name for step in steps if step.state == "left out"]
    if any(isinstance(error, DataFaultError) for error in errors.values()):
        _tell("no chapter was run", sys.stderr)
    elif left:
        _tell(f"not run: {', '.join(sorted(left))}", sys.stderr)
    return max(getattr(error, "exit_code", 1) for error in errors.values())


def _first_run(project: Project) -> str:
    if not project.chapters:
        return ""
    from compendium.run.notebooks import read_before, read_chapters

    chapters = read_chapters(project.notebooks)
    asked = [chapter for chapter in chapters if chapter.number in project.chapters]
    first = sorted(
        {b.number for c in asked for b in read_before(c, chapters)} - set(project.chapters)
    )
    return f"chapters run first: {', '.join(map(str, first))}" if first else ""


def _tell(what: object, stream: TextIO | None = None, end: str = "\n") -> None:
    out = stream or sys.stdout
    out.write(f"{what}{end}")
    out.flush()
