"""One reading of one side of a row: a process a reading, or a peer that stays loaded and answers. Not here: which rows, what follows from them."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path

import quiet

TIMEOUT = 300


class Problem(Exception):
    """A program that could not do the work: its own words."""


@dataclass(frozen=True)
class Side:
    name: str
    command: tuple
    # json: prints one object. served: see peer.py. first_byte: milliseconds to the first output. frame: the same, on a terminal, to the title.
    # noted: what a regular expression finds in a file that another program wrote.
    kind: str
    key: str = ""


@dataclass
class Reading:
    value: float
    foreign: float


def scaled(key, value):
    return value / 1e6 if key == "peak_resident_bytes" else value


def read_json(command, key, threads):
    watch = quiet.Watch(quiet.cpus(threads))
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, env=quiet.environment(threads),
                          preexec_fn=lambda: quiet.prepare_child(threads))
    if done.returncode != 0:
        raise Problem(last_line(done.stderr) or f"exit code {done.returncode}")
    return Reading(scaled(key, json.loads(done.stdout)[key]), watch.stop()[1])


def read_first_byte(command, threads):
    watch = quiet.Watch(quiet.cpus(threads))
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=quiet.environment(threads),
                               preexec_fn=lambda: quiet.prepare_child(threads))
    first = process.stdout.read(1)
    seconds = time.perf_counter() - start
    _, errors = process.communicate(timeout=TIMEOUT)
    if not first or process.returncode != 0:
        raise Problem(last_line(errors.decode(errors="replace")) or "printed nothing")
    return Reading(seconds * 1e3, watch.stop()[1])


def read_frame(command, threads, home):
    """Until a terminal of 80×24 has received the title of the first frame."""
    watch = quiet.Watch(quiet.cpus(threads))
    environment = {**quiet.environment(threads), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "LLMLAB_HOME": home}
    start = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        quiet.prepare_child(threads)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.execve(command[0], command, environment)
    received = b""
    try:
        while b"llmlab" not in received:
            if not select.select([terminal], [], [], 20)[0]:
                raise Problem("no frame")
            received += os.read(terminal, 65536)
        seconds = time.perf_counter() - start
    except OSError:
        raise Problem(last_line(received.decode(errors="replace"))) from None
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(child, 0)
    return Reading(seconds * 1e3, watch.stop()[1])


def read_note(path, pattern):
    if not Path(path).exists():
        raise Problem(f"{Path(path).name} is missing; README.md says how it is made")
    if found := re.search(pattern, Path(path).read_text()):
        return Reading(float(found.group(1)), 0.0)
    raise Problem(f"{Path(path).name} does not say it")


class Process:
    """A side whose every reading is a new process."""

    def __init__(self, side, command, threads):
        self.side, self.command, self.threads = side, command, threads
        self.home = tempfile.TemporaryDirectory()
        self.version = ""
        # Files into the page cache; a problem shows at once.
        self.read()

    def read(self):
        if self.side.kind == "noted":
            return read_note(self.command[0], self.side.key)
        if self.side.kind == "json":
            return read_json(self.command, self.side.key, self.threads)
        if self.side.kind == "frame":
            return read_frame(self.command, self.threads, self.home.name)
        return read_first_byte(self.command, self.threads)

    def close(self):
        self.home.cleanup()


class Served:
    """A peer that has loaded and warmed up once."""

    def __init__(self, side, command, threads):
        self.side = side
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        env=quiet.environment(threads), preexec_fn=lambda: quiet.prepare_child(threads))
        self.version = self.answer().get("version", "")

    def answer(self):
        if select.select([self.process.stdout], [], [], TIMEOUT)[0] and (line := self.process.stdout.readline()):
            return json.loads(line)
        self.errors.seek(0)
        raise Problem(last_line(self.errors.read().decode(errors="replace")) or "no answer")

    def read(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.answer()
        return Reading(scaled(self.side.key, answer[self.side.key]), answer["foreign"])

    def close(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()


def opened(side, places, threads):
    command = [part.format(**places) for part in side.command]
    return (Served if side.kind == "served" else Process)(side, command, threads)


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
