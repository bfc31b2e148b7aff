"""`python -m standin FOLDER`: makes the stand-in study without the build."""

import argparse
from pathlib import Path

from standin import make

parser = argparse.ArgumentParser(prog="python -m standin", description=__doc__)
parser.add_argument("folder", type=Path, help="where the tables are written")
parser.add_argument("--seed", type=int, help="another seed than that of parameters.toml")
options = parser.parse_args()
make(options.folder, options.seed)
