"""Out of the sandbox: network, sockets, files, mounts, kernel switches, other processes, keyrings. Nothing but 127.0.0.1 is tried."""

import ctypes
import os
import socket
import threading

import pytest

from convgrade.sandbox import Limits, Sandbox

TRY = """
import ctypes, os, socket, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def attempt(what, *more):
    try:
        result = what(*more)
    except BaseException as error:
        print(type(error).__name__)
    else:
        print("DONE", result)
"""


@pytest.fixture
def listener():
    """A server on this host's loopback that counts who comes."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    visits, open_ = [], threading.Event()

    def serve():
        while not open_.is_set():
            try:
                connection, visitor = server.accept()
                connection.close()
                visits.append(visitor)
            except TimeoutError:
                continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], visits
    open_.set()
    thread.join()
    server.close()


def test_no_network_not_even_this_hosts_loopback(probe, listener):
    port, visits = listener
    with socket.create_connection(("127.0.0.1", port)) as ours:
        ours.recv(1)    # the listener is there
    got = probe(f"{TRY}\nattempt(socket.create_connection, ('127.0.0.1', {port}), 1)\nattempt(socket.create_connection, ('::1', {port}), 1)")
    assert "DONE" not in got
    assert len(visits) == 1
    assert probe("import socket; print([name for _, name in socket.if_nameindex()])") == "['lo']\n"


def test_no_socket_of_this_host_by_path_or_abstract_name(probe, tmp_path):
    name = f"\0convgrade-attack-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as by_path, socket.socket(socket.AF_UNIX) as abstract:
        by_path.bind(str(tmp_path / "s"))
        abstract.bind(name)
        by_path.listen()
        abstract.listen()
        got = probe(f"{TRY}\nfor address in ({str(tmp_path / 's')!r}, {name!r}): attempt(socket.socket(socket.AF_UNIX).connect, address)")
    assert got.split() == ["FileNotFoundError", "ConnectionRefusedError"]


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc", "/run", "/run/convgrade", "/dev", "/dev/shm", "/proc", "/sys", "/root", "/tmp/..",
                                    "/proc/self/cwd/../../usr", "/proc/1/root/usr"])  # fmt: skip
def test_nothing_can_be_written_outside_its_own_folder(probe, folder):
    name = f"convgrade-attack-{os.getpid()}"
    assert "DONE" not in probe(f"{TRY}\nattempt(open, {folder + '/' + name!r}, 'w')")
    assert not os.path.exists(os.path.join(folder, name))


@pytest.mark.parametrize("path", ["/run/convgrade/runner.py", "/dev/mem", "/usr/bin/env", "/etc/ld.so.cache"])
def test_no_file_outside_can_be_changed(probe, path):
    assert "DONE" not in probe(f"{TRY}\nattempt(open, {path!r}, 'a')\nattempt(os.remove, {path!r})")


def test_a_link_in_its_folder_leads_nowhere(probe, tmp_path):
    target = tmp_path / "secret"
    target.write_text("secret")
    got = probe(f"{TRY}\nos.symlink({str(target)!r}, '/tmp/home/link')\nattempt(open, '/tmp/home/link')\nattempt(open, '/tmp/home/link', 'a')\n"
                f"attempt(os.link, '/usr/bin/env', '/tmp/home/hard')")
    assert "DONE" not in got
    assert target.read_text() == "secret"


def test_no_switch_of_the_kernel_can_be_set(probe):
    """To the kernel the sandbox's nobody is whoever started the grader; if that is root, the mode bits of /proc/sys let him in."""
    got = probe("""
import os
found = []
for folder, folders, files in os.walk("/proc"):
    folders[:] = [one for one in folders if not one.isdigit() and one not in ("self", "thread-self")]
    for file in files:
        try:
            os.close(os.open(os.path.join(folder, file), os.O_WRONLY))
            found.append(os.path.join(folder, file))
        except OSError:
            pass
print(found)
""")
    assert got == "[]\n"


CALLS = {
    "a user namespace of its own": "libc.unshare(0x10000000)",
    "a mount namespace": "libc.unshare(0x00020000)",
    "a network namespace": "libc.unshare(0x40000000)",
    "mounting": "libc.mount(b'tmpfs', b'/tmp/home', b'tmpfs', 0, None)",
    "remounting /usr": "libc.mount(None, b'/usr', None, 32 | 4096, None)",
    "unmounting": "libc.umount2(b'/usr', 2)",
    "another root": "libc.chroot(b'/tmp')",
    "being root": "libc.setuid(0)",
    "being another user": "libc.setuid(1000)",
    "a host name": "libc.sethostname(b'mine', 4)",
    "killing process 1": "libc.kill(1, 9) or libc.kill(1, 0) - 1",
    "a device": "libc.mknod(b'/tmp/home/mem', 0o20666, os.makedev(1, 1))",
    "rebooting": "libc.reboot(0)",
    "a higher limit of processes": "libc.setrlimit(6, (ctypes.c_ulong * 2)(2**40, 2**40))",
}


@pytest.mark.parametrize("what", CALLS)
def test_no_privilege_can_be_had(probe, what):
    assert probe(f"{TRY}\nprint({CALLS[what]})") == "-1\n"


def test_programs_with_more_rights_give_none(probe):
    assert probe("print(open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0])") == "1\n"
    got = probe("import os, subprocess\nfor name in ('su', 'mount', 'umount', 'newgrp', 'passwd', 'sudo'):\n"
                "    try: print(subprocess.run([name, '/tmp'], capture_output=True, stdin=subprocess.DEVNULL, timeout=5).returncode == 0)\n"
                "    except (OSError, subprocess.TimeoutExpired): print(False)\nprint(os.getuid(), os.geteuid())")
    assert got == "False\n" * 6 + "65534 65534\n"


def test_only_its_own_processes_are_there(probe):
    got = probe("import os; print(sorted(open(f'/proc/{pid}/comm').read().strip() for pid in os.listdir('/proc') if pid.isdigit()))")
    assert got in ("['bwrap', 'python']\n", "['bwrap', 'python3']\n", "['bwrap', 'python3.11']\n")
    assert "DONE" not in probe(f"{TRY}\nattempt(os.kill, {os.getpid()}, 9)")


def test_no_file_of_the_grader_is_left_open(probe):
    got = probe("import os\nfor n in os.listdir('/proc/self/fd'):\n    try: print(os.readlink(f'/proc/self/fd/{n}').split(':')[0])\n    except OSError: pass")
    assert sorted(set(got.split())) == ["/dev/null", "socket"]
    assert got.count("socket") == 1


NOTE = """
import ctypes, platform
libc = ctypes.CDLL(None)
libc.syscall.restype = ctypes.c_long
add, control = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
"""


@pytest.mark.skipif(os.uname().machine not in ("x86_64", "aarch64"), reason="the numbers of the system calls are not known here")
def test_no_note_can_be_left_for_a_later_marking():
    """Files go with the sandbox; the kernel's session keyring, which a login gives and every child inherits, would stay."""
    libc = ctypes.CDLL(None)
    libc.syscall({"x86_64": 250, "aarch64": 219}[os.uname().machine], 1, None)    # as after a login
    write = NOTE + "print(libc.syscall(add, b'user', b'convgrade-attack', b'hidden inputs', 13, ctypes.c_long(-3)) > 0)"
    read = NOTE + "print(libc.syscall(control, 10, ctypes.c_long(-3), b'user', b'convgrade-attack', 0) > 0)"
    files = "import os\nopen('/tmp/home/note', 'w').close()\nprint(len(os.listdir('/tmp/home')))"
    told = []
    for _ in range(2):
        box = Sandbox(Limits(cell_seconds=20))
        try:
            told.append([box.exchange({"do": "run", "source": source}, [], 20)[0]["stdout"] for source in ("", read, write, files)])
        finally:
            box.close()
    assert told[0] == told[1]
    assert told[1][1] == "False\n"
