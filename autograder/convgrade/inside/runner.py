"""The student's interpreter: runs cells, answers calls, and is never asked whether it was right.

Started in the sandbox as `python runner.py FD`. FD is one end of a socket; messages are those of wire.py. Everything here shares an
interpreter with the student's code and may be changed by it. That is why it only ever sends values.

    {"do": "run", "source": ..., "given": true}      run a cell; `given`: keep its functions as they are now (a set-up cell)
    {"do": "call", "name"|"handle", "path", "args", "kwargs", "copy_back", "forbidden"}      call one function
"""

import builtins
import io
import os
import socket
import sys
import types

import wire
from watch import Watch

MAX_TEXT = 20_000
BEHAVE = (type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.GeneratorType)
PLAIN_HOMES = ("builtins", "numpy", "torch")


class Bounded(io.TextIOBase):
    """A text stream that keeps the first MAX_TEXT characters and counts nothing else."""

    def __init__(self):
        self.parts, self.room = [], MAX_TEXT

    def writable(self):
        return True

    def write(self, text):
        if self.room > 0:
            kept = str(text)[: self.room]
            self.parts.append(kept)
            self.room -= len(kept)
        return len(text)

    def take(self):
        text, self.parts, self.room = "".join(self.parts), [], MAX_TEXT
        return text


def make_shell():
    """An IPython shell, so that magics and `!` work as they do in JupyterLab; no history, no colours, no debugger."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Minimal"
    return InteractiveShell.instance(config=config)


def described(error):
    """What may cross of an exception: the name of its built-in class, its own name, its text."""
    builtin = next(one.__name__ for one in type(error).__mro__ if getattr(builtins, one.__name__, None) is one)
    try:
        text = str(error)[:500]
    except BaseException:
        text = ""
    return {"raised": builtin, "type": type(error).__name__[:80], "text": text}


class Runner:
    def __init__(self, channel, max_bytes):
        self.channel, self.max_bytes = channel, max_bytes
        self.out = sys.stdout = Bounded()
        self.err = sys.stderr = Bounded()
        self.shell = make_shell()
        self.given, self.handles, self.watch = {}, [], Watch()

    def receive(self, size):
        parts = []
        while size:
            part = self.channel.recv(min(size, 2**20))
            if not part:
                os._exit(0)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def serve(self):
        while True:
            sizes = wire.HEADER.unpack(self.receive(wire.HEADER.size))
            message, buffers = wire.unpack(self.receive(sizes[0]), self.receive(sizes[1]))
            encoder = wire.Encoder(self.keep)
            answer = getattr(self, "do_" + message["do"])(message, buffers, encoder)
            frame = wire.pack(answer, encoder.buffers)
            if len(frame) > self.max_bytes:
                sizes = f"a value of {len(frame) / 2**20:.0f} MB; at most {self.max_bytes / 2**20:.0f} MB may be returned"
                frame = wire.pack({"refused": sizes}, [])
            self.channel.sendall(frame)

    def do_run(self, message, buffers, encoder):
        before = dict(self.shell.user_ns)
        result = self.shell.run_cell(message["source"])
        if message.get("given"):
            now = self.shell.user_ns
            self.given.update({name: now[name] for name in now if before.get(name, Runner) is not now[name] and not name.startswith("_")})
        error = result.error_before_exec or result.error_in_exec
        answer = {"ok": error is None, "stdout": self.out.take(), "stderr": self.err.take()}
        return answer if error is None else {**answer, **described(error)}

    def do_call(self, message, buffers, encoder):
        decode = wire.Decoder(buffers, self.find)
        args, kwargs = decode(message["args"]), decode(message["kwargs"])
        try:
            with self.watch(message["forbidden"]):
                value = self.target(message)(*args, **kwargs)
            self.out.take(), self.err.take()
            answer = {"value": encoder(value), "changed": {str(i): encoder(args[i]) for i in message["copy_back"] if i < len(args)}}
        except wire.NotPlain as error:
            answer = {"refused": str(error)}
        except BaseException as error:
            answer = described(error)
        return {**answer, "forbidden": self.watch.seen}

    def target(self, message):
        if "handle" in message:
            found = self.handles[message["handle"]]
        elif message["name"] in self.shell.user_ns:
            found = self.shell.user_ns[message["name"]]
        else:
            raise NameError(f"name {message['name']!r} is not defined")
        for attribute in message["path"]:
            found = getattr(found, attribute)
        return found

    def find(self, tree):
        return self.given[tree["name"]] if tree["t"] == "ref" else self.handles[tree["id"]]

    def keep(self, value):
        """Objects with behaviour stay here; only their number and type cross."""
        if isinstance(value, BEHAVE) or type(value).__module__.partition(".")[0] not in PLAIN_HOMES:
            self.handles.append(value)
            return {"t": "handle", "id": len(self.handles) - 1, "type": type(value).__name__[:80]}
        return None


if __name__ == "__main__":
    Runner(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])).serve()
