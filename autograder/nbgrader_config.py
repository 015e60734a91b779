"""nbgrader's settings for a course folder. `convgrade release` puts this file there once; after that it is yours to edit.

Leave the lines marked `grader` as they are: without them nbgrader would run students' code on this machine and believe what it prints.
"""

import json
from pathlib import Path

from convgrade import _nbgrader

c = get_config()  # noqa: F821  (nbgrader defines it)
root = Path(__file__).resolve().parent

# The commands work from any folder, not only from the course's own.
c.CourseDirectory.root = str(root)

# The exchange files everything under the course's name; convgrade gave it one in course.json.
c.CourseDirectory.course_id = json.loads((root / "course.json").read_text(encoding="utf-8"))["course"]

# release.json holds the limits and forbidden calls: it stays with the teacher, as does what nbgrader ignores anyway.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "release.json"]

# An exchange inside the course folder works for one machine. On a shared server name a folder that everyone can write to.
c.Exchange.root = str(root / "exchange")

# grader: the stub names its task, hidden tests go by the same rule as in `convgrade check`.
c.GenerateAssignment.preprocessors = _nbgrader.GENERATE

# grader: marks come from `convgrade grade`. nbgrader's own Execute is left out, so it can never mark by itself.
c.Autograde.autograde_preprocessors = _nbgrader.AUTOGRADE

# grader: nbgrader's own feedback shows the hidden tests, so it is refused. Ours comes from `convgrade feedback`.
c.GenerateFeedback.preprocessors = _nbgrader.FEEDBACK

# grader: formgrader shows what students wrote in your browser, and there a script could give marks. What could run is taken out.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = _nbgrader.FILTERS
c.HTMLExporter.exclude_anchor_links = True

# Formgrader's equations are drawn on this machine; nbgrader would ask another host for the program that does it.
c.HTMLExporter.extra_template_basedirs.prepend(_nbgrader.TEMPLATES)

# A late penalty, if you want one: a class with late_submission_penalty(student_id, score, total_seconds_late), in a module on the path.
# c.AssignLatePenalties.plugin_class = "my_rules.TenPercentADay"
