"""Jobs run in processes of their own; whatever happens to one, the others come back."""

import os
import time
from pathlib import Path

from convgrade import pool


def double(x):
    return 2 * x


def fail(x):
    raise ValueError(f"no {x}")


def die():
    os._exit(7)


def hang(path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)


def test_each_job_comes_back_once_whatever_happened(tmp_path):
    jobs = [pool.Job("a", double, (3,)), pool.Job("b", fail, ("luck",)), pool.Job("c", die, ()), pool.Job("d", hang, (tmp_path / "pid",), 1.0),
            pool.Job("e", double, (4,))]  # fmt: skip
    got = {job.name: answer for job, answer in pool.run(jobs, 2)}
    assert (got["a"], got["e"]) == (6, 8)
    assert got["b"].message == "ValueError: no luck"
    assert got["c"].message == "the marking process ended with code 7"
    assert got["d"].message == "took more than 1 seconds"
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


def test_stopping_early_ends_what_is_running(tmp_path):
    jobs = [pool.Job("a", double, (3,)), pool.Job("d", hang, (tmp_path / "pid",))]
    running = pool.run(jobs, 2)
    assert next(running)[1] == 6
    end = time.monotonic() + 10
    while not (tmp_path / "pid").exists() and time.monotonic() < end:
        time.sleep(0.02)
    running.close()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()
