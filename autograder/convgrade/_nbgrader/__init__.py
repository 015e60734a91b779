"""Everything that touches nbgrader, and nothing else does.

    settings      the course folder's nbgrader_config.py, with what the grader insists on
    transaction   one gradebook, one transaction
    generate      the release notebook and the assignment's cells in the gradebook
    autograde     marks into the gradebook, through nbgrader's own Autograde
    marks         marks out of the gradebook
    exchange      assignments to students
    formgrader    students' notebooks on a teacher's screen
"""

from .autograde import AUTOGRADE, FEEDBACK, MarksFromElsewhere, TakeMarks, is_time, record
from .exchange import add_student, offer, student_here
from .formgrader import FILTERS, TEMPLATES
from .generate import GENERATE, generate_assignment
from .marks import Mark, SubmissionMarks, read_marks
from .settings import install_settings
from .transaction import transaction

__all__ = [
    "AUTOGRADE", "FEEDBACK", "FILTERS", "GENERATE", "TEMPLATES", "Mark", "MarksFromElsewhere", "SubmissionMarks", "TakeMarks",
    "add_student", "generate_assignment", "install_settings", "is_time", "offer", "read_marks", "record", "student_here",
    "transaction",
]
