"""The front door: sets the compendium up on first use, then runs it. Needs only Python 3.11+.

python run_all.py                      build everything that is stale, print where the report is
python run_all.py test [pytest args]   run the tests
python run_all.py plan | check         what would run, and why | the static checks
python run_all.py preview              the report in a browser, following every save
python run_all.py translate            bring the Danish catalogues up to date, list what is missing
python run_all.py new chapter "Title"  a chapter that runs; --from 7 --lang da: a copy in Danish
python run_all.py data ACTION DIR      template | validate | describe | convert: a delivery of data;
                                       months | spells | history: a table of all in a register
python run_all.py verify               whether all files are as the last build left them
python run_all.py archive [--out ZIP]  a deposit: sources, stand-in data, results, hashes
python run_all.py reproduce            build it all again beside it, compare: a certificate
python run_all.py lab                  JupyterLab on the compendium
python run_all.py link                 let notebooks of this Python's environment import it (conda)
python run_all.py bundle [DIR]         wheels for a site without internet, for this system
                                       (--for windows 3.12.4: or linux, linux-arm64, macos)

--project DIR  another evaluation than this one, such as examples/aid_after_prison
--wheels DIR   set up from the folder a bundle made, without internet
--here         use the environment this Python belongs to instead of .venv
--debug        when something fails, show all that was said
All else goes to the build: `python run_all.py build --help` lists its options.
"""

from __future__ import annotations  # Python 3.8 must parse this file, to be told it is too old

import argparse
import errno
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
EVERY_TEST = ["--numprocesses=auto", "--dist=loadgroup", "--no-loadscope-reorder"]
LAB = ROOT / "compendium" / "run" / "jupyter_server_config.py"
ELSEWHERE = ": copy the compendium to a folder where you may write, or use --here"
ADVICE = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), ELSEWHERE),
    errno.ENOSPC: ": make room for 2 GB and start again",
}


def hand_over(command: list[str], folder: Path) -> int:
    """Become the command, so that Ctrl-C, terminal and exit code are its own; Windows must wait."""
    from bootstrap import environment

    sys.stdout.flush()
    os.chdir(folder)
    if sys.platform == "win32":
        with subprocess.Popen(command, env=environment()) as process:
            while True:
                try:
                    return process.wait()
                except KeyboardInterrupt:
                    continue  # the command got it too, and ends in its own way
    return os.execve(command[0], command, environment())


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    """Make the environment ready and run the command in it; returns the exit code."""
    import bootstrap

    command, rest = "".join(arguments[:1]), arguments[1:]
    locks = [bootstrap.LOCK, bootstrap.LAB_LOCK] if command == "lab" else [bootstrap.LOCK]
    if command == "link":
        import sysconfig

        bootstrap.here(locks)
        bootstrap.link(Path(sysconfig.get_path("purelib")), str(ROOT))
        print(f"Notebooks of {sys.prefix} can import the compendium now.")
        return 0
    python = bootstrap.here(locks) if options.here else bootstrap.ready(locks, options.wheels)
    if command == "bundle":
        print(bootstrap.bundle(python, rest))
        return 0
    module = [str(python), "-P", "-m"]  # -P: no package is taken from the caller's folder
    if command == "test":
        return hand_over([*module, "pytest", *(rest or EVERY_TEST)], ROOT)
    if command == "lab":
        return hand_over([*module, "jupyterlab", f"--config={LAB}", *rest], ROOT)
    debug = ["--debug"] if options.debug else []
    return hand_over([*module, "compendium", *arguments, *debug], Path.cwd())


def main(arguments: list[str]) -> int:
    """Read the options of the set-up and run the rest; a fault is one sentence and exit code 2."""
    if sys.version_info < (3, 11):
        found = "{}.{}.{}".format(*sys.version_info)
        print(
            f"The compendium needs Python 3.11 or newer, and {sys.executable} is Python {found}.",
            file=sys.stderr,
        )
        return 2
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--wheels", type=Path, metavar="DIR")
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--debug", action="store_true")
    options, rest = parser.parse_known_args(arguments)

    sys.path.insert(0, str(ROOT))
    from bootstrap import SetupError

    try:
        return run(options, rest)
    except SetupError as error:
        print(f"Set-up failed: {error}.", *[error.said] * options.debug, sep="\n", file=sys.stderr)
    except OSError as error:
        if options.debug:
            raise
        place = f" ({error.filename})" if error.filename else ""
        advice = ADVICE.get(error.errno or 0, "")
        print(f"Set-up failed: {error.strerror}{place}{advice}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Set-up was interrupted; the next start begins it again.", file=sys.stderr)
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
