"""The watch on calls that an exercise forbids, while the student's function runs.

Names lie: `c = torch.nn.functional.conv2d`, `torch.conv2d`, `getattr(torch, "conv" + "2d")` are one function. So the watch compares
functions, not names: a profiler sees every call, a torch dispatch mode every operator below torch's own names. Threads get the profiler
when they start. Starting another process or thread while the watch is on, a thread that began without a profiler, or taking the profiler
or the mode away counts as a forbidden call too: what happens there could not be seen.

It watches honest and careless students. The watch lives in the student's own interpreter, so whoever takes the interpreter apart (frames,
gc, ctypes) can blind it, and whoever copies a library's source into a cell has written that cell himself.
"""

import _thread
import importlib
import sys
import threading
import types

from escapes import BLINDFOLDS, ESCAPES, PROFILE, START, THREAD

OPERATORS = {"conv": ("conv",), "unfold": ("im2col", "unfold"), "fold": ("col2im",), "pad": ("pad", "constant_pad"), "pool": ("pool",)}
PREFIXES = ("", "_", "mkldnn_", "thnn_", "slow_")
BELOW = {    # compiled functions that do the work of a forbidden one
    "numpy.convolve": ("numpy._core.multiarray.correlate", "numpy._core.multiarray.correlate2"),
    "numpy.correlate": ("numpy._core.multiarray.correlate", "numpy._core.multiarray.correlate2"),
}


BOOTSTRAP = [threading.Thread._bootstrap_inner.__code__, threading.Thread._bootstrap.__code__]    # how a thread with a profiler begins


class Watch:
    """`with watch(names): ...`, then `watch.seen` is the first forbidden name that was called, or None."""

    def __init__(self):
        self.names, self.seen, self.loaded, self.mode = (), None, 0, None
        self.codes, self.objects, self.modules, self.wanted = {}, {}, (), {}
        self.switching, self.tampered, self.main = False, False, threading.get_ident()
        sys.addaudithook(self.audit)
        threading.setprofile(self.look)

    def __call__(self, names):
        self.names, self.seen = tuple(names), None
        return self

    def __enter__(self):
        if self.names:
            self.resolve()
            others = [frame for ident, frame in sys._current_frames().items() if ident != self.main]
            if others and (self.tampered or threading.getprofile() != self.look or any(_outermost(frame) != BOOTSTRAP for frame in others)):
                self.note(THREAD)
            self.switch(self.look)
        return self

    def __exit__(self, *error):
        if self.names:
            if sys.getprofile() != self.look:
                self.note("sys.setprofile")
            self.switch(None)
            if self.mode is not None:
                self.mode.__exit__(None, None, None)
                self.mode = None
        self.names = ()

    def switch(self, hook):
        self.switching = True
        sys.setprofile(hook)
        self.switching = False

    def note(self, name):
        if self.names and self.seen is None:
            self.seen = name

    def audit(self, event, args):
        if event not in ESCAPES or self.switching:
            return
        if event == PROFILE and sys._getframe(1).f_code is BOOTSTRAP[0]:
            return
        if event == PROFILE and threading.get_ident() != self.main:
            self.tampered = True
        if event == START and threading.getprofile() != self.look:
            self.tampered = True
        self.note(event)

    def look(self, frame, event, argument):
        if not self.names:
            return
        if len(sys.modules) != self.loaded:
            self.resolve()
        if event == "call":
            code = frame.f_code
            if code in self.codes:
                self.note(self.codes[code])
            elif self.mode is not None and threading.get_ident() != self.main and frame.f_globals.get("__name__", "").startswith("torch"):
                self.note(THREAD)    # the dispatch mode sees the main thread alone
            elif self.mode is not None and code.co_name == "__call__" and frame.f_globals.get("__name__") == "torch._ops":
                self.operator(frame.f_locals.get(code.co_varnames[0]))    # a mode can be switched off by a type, whose call nobody sees
            elif self.modules:
                home = frame.f_globals.get("__name__") or ""
                for module in self.modules:
                    inside = home == module or home.startswith(module + ".")
                    if inside and code.co_name != "<module>" and not code.co_name.startswith("__"):
                        self.note(module)
        elif event == "c_call":
            if id(argument) in self.objects:
                self.note(self.objects[id(argument)])
            elif self.modules:
                home = f"{getattr(argument, '__module__', None)}."
                for module in self.modules:
                    if home.startswith(module + "."):
                        self.note(module)

    def operator(self, operator):
        """Note one of torch's own operators, if it does what a forbidden function does."""
        for kind, name in self.wanted.items():
            if str(getattr(operator, "__name__", "")).startswith(tuple(prefix + word for word in OPERATORS[kind] for prefix in PREFIXES)):
                self.note(name)

    def resolve(self):
        """Find what the names stand for among the packages that are loaded by now."""
        self.loaded = len(sys.modules)
        self.codes, self.objects, modules = {}, {id(_thread.start_new_thread): START}, []
        for name in self.names:
            found = self.lookup(name)
            if isinstance(found, types.ModuleType):
                modules.append(name)
            elif isinstance(found, type):
                self.codes.update({member.__code__: name for member in vars(found).values() if isinstance(member, types.FunctionType)})
            elif found is not None:
                plain = getattr(found, "_implementation", found)
                code = getattr(getattr(plain, "__wrapped__", plain), "__code__", None)
                self.codes.update({code: name} if code is not None else {})
                self.objects.update({id(found): name, id(plain): name})
                self.objects.update({id(below): name for path in BELOW.get(name, ()) if (below := self.lookup(path)) is not None})
        self.modules = tuple(modules)
        self.enter_torch()

    def lookup(self, name):
        """The object of a dotted name, without importing what nobody has imported."""
        parts = name.split(".")
        if parts[0] not in sys.modules:
            return None
        for end in range(len(parts), 0, -1):
            module = sys.modules.get(".".join(parts[:end]))
            if module is not None:
                found = module
                for part in parts[end:]:
                    found = getattr(found, part, None)
                return found
        return None

    def enter_torch(self):
        ours = [name for name in self.names if name.startswith("torch.")]
        wanted = {kind: name for name in ours for kind in OPERATORS if kind in name.rpartition(".")[2].lower()}
        if self.mode is None and wanted and hasattr(sys.modules.get("torch"), "Tensor"):
            watch, self.wanted = self, wanted
            self.loaded = -1
            dispatch = importlib.import_module("torch.utils._python_dispatch").TorchDispatchMode

            class Mode(dispatch):
                def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
                    watch.operator(operator)
                    return operator(*args, **(kwargs or {}))

            self.mode = Mode()
            self.mode.__enter__()
            self.loaded = len(sys.modules)
        if self.mode is not None:
            for name in BLINDFOLDS:
                found = self.lookup(name)
                inner = getattr(getattr(found, "__wrapped__", found), "__code__", None)
                self.codes.update({inner: name} if inner is not None else {})
                self.objects.update({id(found): name} if found is not None else {})


def _outermost(frame):
    """The code of a thread's two outermost frames, the inner one first."""
    codes = []
    while frame is not None:
        codes.append(frame.f_code)
        frame = frame.f_back
    return codes[-2:]
