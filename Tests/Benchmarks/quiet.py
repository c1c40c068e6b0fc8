"""Timing on a shared machine: a pinned process with raised priority, windows of repeated work, and how much others used its CPUs meanwhile.

Only the CPUs we are pinned to are looked at: a busy neighbour core can still cost some bandwidth of the shared cache and memory.
"""
import ctypes
import os
import resource
import statistics
import time

TICKS = os.sysconf("SC_CLK_TCK")
# /proc/stat: user, nice, system, irq, softirq, steal; not idle, iowait, and guests, which user includes.
BUSY_COLUMNS = (0, 1, 2, 5, 6, 7)
PARENT_DEATH_SIGNAL, SIGKILL = 1, 9


def cpus(threads):
    """The last CPUs: the first serves most interrupts."""
    count = os.cpu_count()
    return set(range(max(0, count - threads), count))


def prepare_child(threads):
    """For subprocess' preexec_fn: dies with its parent, is pinned, and has priority where the user may raise it.

    A session of its own, because with autogroup scheduling niceness counts only inside a session."""
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, SIGKILL)
    os.sched_setaffinity(0, cpus(threads))
    try:
        if os.getsid(0) != os.getpid():
            os.setsid()
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        with open("/proc/self/autogroup", "w") as group:
            group.write("-20")
    except OSError:
        pass


def environment(threads):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in names}, "LLMLAB_LANG": "en"}


def busy_seconds(of_cpus):
    """Seconds that these CPUs have worked, for whomever; stolen ones included."""
    names, total = {f"cpu{i}" for i in of_cpus}, 0
    with open("/proc/stat") as lines:
        for line in lines:
            fields = line.split()
            if fields[0] in names:
                total += sum(int(fields[1 + column]) for column in BUSY_COLUMNS)
    return total / TICKS


def own_seconds():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Watch:
    """How long something took, and the share of our CPUs' time in which others used them."""

    def __init__(self, of_cpus=None):
        self.cpus = of_cpus or os.sched_getaffinity(0)
        self.start, self.busy, self.own = time.perf_counter(), busy_seconds(self.cpus), own_seconds()

    def stop(self):
        seconds = time.perf_counter() - self.start
        others = (busy_seconds(self.cpus) - self.busy) - (own_seconds() - self.own)
        # /proc/stat counts whole ticks: one a CPU may be rounding.
        others -= len(self.cpus) / TICKS
        return seconds, max(0.0, others / seconds / len(self.cpus))


def wait(of_cpus, limit=5.0, pause=0.25, busy=0.05):
    """Until others leave these CPUs alone, or the limit: a machine that is never quiet is measured as it is."""
    end = time.perf_counter() + limit
    while time.perf_counter() < end:
        watch = Watch(of_cpus)
        time.sleep(pause)
        if watch.stop()[1] < busy:
            return


def sample(work, runs=5, window=0.2):
    """(median seconds of one call, (max − min) / median, share of foreign CPU time), each run as many calls as fill the window."""
    watch, readings = Watch(), []
    for _ in range(runs):
        start, calls = time.perf_counter(), 0
        while calls == 0 or time.perf_counter() - start < window:
            work()
            calls += 1
        readings.append((time.perf_counter() - start) / calls)
    middle = statistics.median(readings)
    return middle, (max(readings) - min(readings)) / middle, watch.stop()[1]
