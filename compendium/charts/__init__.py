"""What seaborn and matplotlib lack, as helpers on axes; importing it sets the report's look.

Here belong functions that draw a frame, or say in words what it shows (`charts.alt`). They take
tidy frames that hold names in plain English, and colours by name. They compute nothing and know
nothing of chapters; what makes a drawing an exhibit is `compendium.chapter`.
"""

from compendium.chapter.style import use_house_style
from compendium.charts.bars import answers, finish_bars, levels, matrix, rows, units, zones
from compendium.charts.curves import band, finish_curves, name_ends
from compendium.charts.curves import people_behind as people
from compendium.charts.diagram import diagram, draw, read_diagram
from compendium.charts.look import key, reference, unit_name
from compendium.charts.map import Window, point_map
from compendium.charts.specifications import specifications, specifications_alt
from compendium.charts.stacks import joined, stack
from compendium.charts.ticks import number_axis

__all__ = ["band", "finish_curves", "joined", "name_ends", "people", "stack"]
__all__ += ["specifications", "specifications_alt"]
__all__ += ["answers", "finish_bars", "levels", "matrix", "rows", "units", "zones"]
__all__ += ["Window", "diagram", "draw", "point_map", "read_diagram"]
__all__ += ["key", "number_axis", "reference", "unit_name"]

use_house_style()
