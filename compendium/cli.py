"""The command line: which command is meant, and how its result is told.

Exit code 0 means done, 1 that a chapter or a check failed, 2 that the call, the set-up or the data
are at fault, 3 that all is done but what pandoc or Typst would write, which are not here. A
traceback is for --debug only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from compendium import datacommands
from compendium.build.progress import InPlace, Lines, Progress
from compendium.chapter.formatting import LANGUAGES
from compendium.errors import (
    HIDDEN,
    Arguments,
    CheckError,
    CompendiumError,
    DataFaultError,
    ParameterError,
    clean,
    explained,
    nearest,
)
from compendium.workspace import ROOT, Workspace

if TYPE_CHECKING:
    from compendium.build.build import Outcome
    from compendium.release.folder import Release

_SITE = "statistics_denmark"
_LEAVES = f"results that may leave a secure site, by the file types of SITE ({_SITE})"
_SOURCES = ("notebooks", "data", "locale", "compendium", "evallib", "standin", "tests")
_FOLDERS = ("--data", "--out", "--project")  # options whose folder may be called as a command
_FIRST = ("new", "data", "test", "lab", "link", "bundle")  # have options of their own
_MOST = 100_000  # letters of what is told at once
_OWN = "a parameter's other value (of a list: routes=1,2); results go to a folder of their own"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run a command and return the exit code; `root` is the folder of the workspace."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    if given[:1] == ["data"]:  # has a folder to name, and nothing of a build
        return _guarded(lambda: datacommands.run(given[1:]), lambda: True, debug=debug)
    if given[:1] == ["new"]:
        from compendium.editing import new

        asked = [word for word in given[1:] if word != "--debug"]
        return _guarded(lambda: new.run(asked, root), lambda: False, debug=debug)
    if given and given[-1] in COMMANDS and "".join(given[-2:-1]) not in _FOLDERS:
        given = [given[-1], *given[:-1]]  # else --lang and --chapter take it for theirs
    made: list[Workspace] = []

    def command() -> int:
        options = _read(given)
        made.append(workspace_of(options, root))
        return COMMANDS[options.command](made[0], options)

    return _guarded(command, lambda: any(w.hides for w in made), debug=debug)


def _guarded(command: Callable[[], int], hides: Callable[[], bool], *, debug: bool) -> int:
    """Run a command; what goes wrong is one sentence, and a traceback only for --debug."""
    try:
        return command()
    except KeyboardInterrupt:
        _tell("stopped; the next run goes on where this one was", sys.stderr)
        return 130
    except Exception as error:
        if debug:
            raise
        return _fault(error, hide=hides())


def _read(given: Sequence[str]) -> argparse.Namespace:
    """Return the options, or raise ParameterError if they, or the command, are none."""
    parser = _parser()
    options, more = parser.parse_known_args(given)
    name, odd = options.command, [one for one in more if one.startswith("-")]
    if name not in COMMANDS and not odd:
        known = nearest(name, [*COMMANDS, *_FIRST])
        hint = "write it before all options" if name in _FIRST else known
        raise ParameterError(f"`{name}` is no command here; {hint}")
    if more:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    return options


def _parser() -> Arguments:
    parser = Arguments(
        prog="python run_all.py",
        description="Build the report from its chapters.",
        epilog="`data template|validate|describe|convert DIR` works on a delivery of data, `new "
        "chapter TITLE` writes a chapter to begin with.",
    )
    add = parser.add_argument
    add("command", nargs="?", default="build", help=f"one of {', '.join(COMMANDS)} (build)")
    add("--project", type=Path, metavar="DIR", help="another evaluation's folder (this one)")
    add("--data", type=Path, metavar="DIR", help="the study's tables (data/standin)")
    add("--out", type=Path, metavar="DIR", help="where results go (outputs); archive: its file")
    add("--lang", nargs="+", choices=LANGUAGES, default=list(LANGUAGES), help="languages (both)")
    add("--chapter", nargs="+", type=int, default=[], metavar="N", help="these chapters only")
    add("-p", action="append", default=[], metavar="NAME=VALUE", dest="parameters", help=_OWN)
    add("--jobs", type=int, default=2, metavar="N", help="steps that run at once (2)")
    add("--timeout", type=int, metavar="SECONDS", help="longest time for one cell")
    add("--release", nargs="?", const=_SITE, default="", metavar="SITE", help=_LEAVES)
    add("--previous", type=Path, metavar="DIR", help="an earlier release this is held against")
    add("--keep-going", action="store_true", help="after a failure, run what does not depend on it")
    add("--draft", action="store_true", help="build with faults, too; every page says draft")
    add("--debug", action="store_true", help="show tracebacks")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    return parser


def workspace_of(options: argparse.Namespace, root: Path) -> Workspace:
    """Return the workspace the options ask for, or raise ParameterError."""
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
    if options.previous and not (options.release and options.previous.is_dir()):
        raise ParameterError(
            f"--previous {options.previous}: give the folder of a release, with --release"
        )
    if options.release and options.draft:
        raise ParameterError(
            "--release and --draft: what has faults does not leave; mend them first"
        )
    if options.release and (parameters or options.chapter):
        raise ParameterError(
            "--release is of the whole study: leave --chapter and -p out, as two runs beside each "
            "other tell more than either"
        )
    workspace = Workspace(
        root=(options.project or root).resolve(),
        data_dir=options.data,
        out_dir=_out_of(options, root),
        languages=tuple(lang for lang in LANGUAGES if lang in options.lang),
        chapters=tuple(sorted(set(options.chapter))),
        parameters=parameters,
        timeout=options.timeout,
        release=options.release,
        draft=options.draft,
        debug=options.debug,
    )
    _apart(workspace)
    return workspace


def _out_of(options: argparse.Namespace, root: Path) -> Path | None:
    """Return where results go, or lie, if that is not the usual folder."""
    places = {"archive": None, "reproduce": options.out or root / "reproduction"}
    return places.get(options.command, options.out)


def _apart(workspace: Workspace) -> None:
    """Raise ParameterError if there is no project, or results would lie among its sources."""
    if not workspace.notebooks.is_dir():
        raise ParameterError(f"--project {workspace.root}: it has no notebooks/; name another")
    try:
        out = workspace.full_out
    except (OSError, RuntimeError):  # Python 3.13, and those before
        raise ParameterError(f"--out {workspace.out_dir}: it is a link to itself") from None
    sources = [workspace.root / name for name in _SOURCES]
    for place in (workspace.data, *sources):
        if out.is_relative_to(place) or place.is_relative_to(out):
            where = "the study's tables" if place == workspace.data else place.name
            raise ParameterError(
                f"--out {workspace.out_dir or workspace.relative(out)}: results would lie in, over "
                f"or under {where} ({workspace.relative(place)}); name another folder"
            )


def _build(workspace: Workspace, options: argparse.Namespace) -> int:
    from compendium.build.build import build
    from compendium.run import datacheck

    say: Callable[[object], None] = (lambda _: None) if options.quiet else _tell
    if first := _first_run(workspace):
        say(first)
    release: Release | None = None
    progress = Progress() if options.quiet else (InPlace if sys.stdout.isatty() else Lines)()
    try:
        given = {"jobs": options.jobs, "keep_going": options.keep_going}
        if workspace.release:
            from compendium.build.release import build_for_release  # all estimators come with it

            steps, release = build_for_release(
                workspace, progress, previous=options.previous, **given
            )
        else:
            steps = build(workspace, progress, **given)
    finally:
        progress.close()
    if any(step.error for step in steps):
        return _failed(steps, debug=options.debug, hide=workspace.hides)
    if release is not None:
        say(f"what may leave is in {release.folder}, for two people to check")
        return 0
    ran = sum(step.state == "ran" for step in steps)
    if told := datacheck.counted(workspace):
        say(told)
    if code := _without_reports(workspace):
        return code
    if not ran:
        out = workspace.out / "report"
        where = out.relative_to(workspace.root) if out.is_relative_to(workspace.root) else out
        say(f"nothing to do: the report in {where} is up to date")
        return 0
    for lang in workspace.languages:
        for kind in ("html", "pdf"):
            say(workspace.out / "report" / lang / f"report.{kind}")
    say(f"{ran} of {len(steps)} steps ran in {progress.seconds():.0f} s")
    return 0


def _preview(workspace: Workspace, options: argparse.Namespace) -> int:
    from compendium.preview.server import preview

    return preview(workspace, options.jobs, _tell)


def _without_reports(workspace: Workspace) -> int:
    """Name what could not be written for want of a program; return the exit code."""
    from compendium.report.tools import TOLD, WITHOUT, lacking, left_out

    if not (left := left_out()):
        return 0
    gone, kinds = " and ".join(sorted(lacking())), ", ".join(TOLD[kind] for kind in left)
    given = f"notebooks, values and verdicts are in {workspace.out}"
    _tell(f"{gone} cannot be run here: {given}, and not made are {kinds}", sys.stderr)
    return WITHOUT


def _plan(workspace: Workspace, _: argparse.Namespace) -> int:
    from compendium.build.build import plan

    for step in plan(workspace):
        _tell(f"{step.state:<10} {step.name:<16}   {step.why}".rstrip())
    return 0


def _check(workspace: Workspace, options: argparse.Namespace) -> int:
    from compendium.editing.check import check
    from compendium.run.notebooks import read_chapters

    found = [str(issue) for issue in check(read_chapters(workspace.notebooks), workspace.root)]
    for whole in (_claims, _tables):
        try:
            if (told := whole(workspace)) and not options.quiet:
                _tell(told)
        except CompendiumError as error:
            found.append(str(error))
    warnings = [what for what in found if what.startswith("warning: ")]
    for what in warnings:
        _tell(what)
    return _found([what for what in found if what not in warnings], "no faults found", options)


def _claims(workspace: Workspace) -> None:
    """Read what the report claims, if it is there."""
    from compendium.claims.published import read_claims, read_contradictions

    folder = workspace.root / "data" / "published"
    if folder.is_dir():
        read_contradictions(read_claims(folder), folder)


def _tables(workspace: Workspace) -> str:
    """Hold the study's tables against their contract, if they are made; what is counted is told."""
    from compendium.run import datacheck

    return datacheck.run(workspace) if workspace.data.is_dir() else ""


def _translate(workspace: Workspace, options: argparse.Namespace) -> int:
    from compendium.editing.translate import update
    from compendium.run.notebooks import read_chapters

    left = update(workspace)
    for chapter in read_chapters(workspace.notebooks):
        if lang := chapter.language:
            _tell(f"{chapter.path.name}: written in `{lang}`, shown as it is in all languages")
    return _found(left, "nothing is missing", options)


def _verify(workspace: Workspace, options: argparse.Namespace) -> int:
    from compendium.provenance.record import CRATE
    from compendium.provenance.verify import verify

    said = f"all files are as {workspace.relative(workspace.out / CRATE)} says"
    return _found(verify(workspace), said, options)


def _archive(workspace: Workspace, options: argparse.Namespace) -> int:
    from compendium.deposit.archive import archive

    _tell(f"{archive(workspace, options.out)}: docs/deposit.md says how it is checked")
    return 0


def _reproduce(workspace: Workspace, options: argparse.Namespace) -> int:
    from compendium.deposit.certificate import reproduce

    code, path = reproduce(workspace, lambda: _build(workspace, options))
    if path:
        _tell(f"{'not reproduced' if code == 1 else 'reproduced'}: {path}")
    return code


def _found(found: Sequence[object], otherwise: str, options: argparse.Namespace) -> int:
    """Tell what was found, or that there was nothing; return the exit code."""
    for what in found:
        _tell(what)
    if not found and not options.quiet:
        _tell(otherwise)
    return 1 if found else 0


def _failed(steps: list[Outcome], *, debug: bool, hide: bool) -> int:
    """Tell every failure once, and what was left out because of them; return the exit code."""
    errors = {str(step.error): step.error for step in steps if step.error is not None}
    if debug:
        raise next(iter(errors.values()))
    codes = [_fault(error, hide=hide) for error in errors.values()]
    left = [step.name for step in steps if step.state == "left out"]
    if any(isinstance(error, DataFaultError | CheckError) for error in errors.values()):
        _tell("no chapter was run", sys.stderr)
    elif left:
        _tell(f"not run: {', '.join(sorted(left))}", sys.stderr)
    return max(codes)


def _fault(error: Exception, *, hide: bool) -> int:
    """Tell an error, with the way to its origin if it is none we know; return the exit code."""
    known = explained(error)
    text = HIDDEN if hide else clean(str(error), 1_000)
    unknown = f"{type(error).__name__}: {text}; --debug shows where this comes from"
    _tell(known if isinstance(known, CompendiumError) else unknown, sys.stderr)
    return getattr(known, "exit_code", 1)


def _first_run(workspace: Workspace) -> str:
    if not workspace.chapters:
        return ""
    from compendium.run.notebooks import read_chapters, wanted

    chapters = wanted(read_chapters(workspace.notebooks), workspace.chapters, {})
    first = sorted({chapter.number for chapter in chapters} - set(workspace.chapters))
    return f"chapters run first: {', '.join(map(str, first))}" if first else ""


def _tell(what: object, stream: TextIO | None = None) -> None:
    out = stream or sys.stdout
    out.write(f"{clean(str(what), _MOST)}\n")
    out.flush()


COMMANDS = {
    "build": _build,
    "plan": _plan,
    "check": _check,
    "translate": _translate,
    "verify": _verify,
    "preview": _preview,
    "archive": _archive,
    "reproduce": _reproduce,
}
