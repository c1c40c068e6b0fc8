"""What stands above the ratio table: machine and version of our program. Not here: the machine's limits (machine.c, floors.py)."""
import os
import platform
import subprocess
from pathlib import Path


def description():
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        fields = dict(line.split(":", 1) for line in information.read_text().split("\n\n")[0].splitlines() if ":" in line)
        fields = {name.strip(): value.strip() for name, value in fields.items()}
        cpu = f"{fields.get('model name', cpu)} (family {fields.get('cpu family')}, model {fields.get('model')})"
        sets = [name for name in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16") if name in fields.get("flags", "").split()]
        cpu += f", {' '.join(sets)}" if sets else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} CPUs, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def commit(folder):
    """The commit of the checkout, with a + when tracked files differ from it."""
    def git(*arguments):
        done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
