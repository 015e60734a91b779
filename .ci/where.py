"""The last words of `make course`: where everything lies."""

import sys
from pathlib import Path

course = Path(sys.argv[1]).resolve()
places = {
    "Site": Path("_build/html/index.html").resolve(),
    "Marks": course / "report" / "report.html",
    "Feedback": course / "feedback",
    "JupyterLab": "make lab",
}
if missing := [f"{name}: {place}" for name, place in places.items() if isinstance(place, Path) and not place.exists()]:
    sys.exit("not made: " + ", ".join(missing))
print("\n".join(f"{name:<11} {place}" for name, place in places.items()))
