"""The ratio table: our program and its peers in turn (A B A B …), so that both meet the same machine; see README.md.

usage: compare.py [ROW or GROUP …] --models FOLDER [--llmlab PROGRAM] [--python PYTHON] [--lens-python PYTHON] [--results FOLDER]
                  [--pairs N] [--list] [--limits]
"""
import argparse
import datetime
import json
import statistics
import sys
from pathlib import Path

import machine
import quiet
import report
from floors import measure_limits
from readings import Problem, opened
from rows import all_rows

HERE = Path(__file__).resolve().parent
# From this share of the CPUs' time on, a reading counts as disturbed.
FOREIGN = 0.05


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", help="groups, or names or their beginnings; all by default")
    parser.add_argument("--models", help="folder written by make_models.py")
    parser.add_argument("--llmlab", default=str(HERE.parents[1] / ".build/release/llmlab"))
    parser.add_argument("--python", default=sys.executable, help="has llama-cpp-python, torch, transformers")
    parser.add_argument("--lens-python", help="has transformer-lens; by default the same")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument("--pairs", type=int, help="instead of the row's own number")
    parser.add_argument("--list", action="store_true", help="print the rows and end")
    parser.add_argument("--limits", action="store_true", help="measure the machine's limits again first")
    return parser.parse_args()


def chosen_rows(names):
    rows = list(all_rows())
    groups = {row.group for row in rows}

    def matches(row, name):
        return row.group == name if name in groups else row.name.startswith(name)

    return [row for row in rows if not names or any(matches(row, name) for name in names)]


def fastest(row, places):
    """The peer that is quickest in the better of two readings, still open, and what each did."""
    best, seen = None, {}
    for side in row.peers:
        try:
            peer = opened(side, places, row.threads)
        except Problem as problem:
            seen[side.name] = str(problem)
            continue
        values = [peer.read().value for _ in range(2)] if len(row.peers) > 1 else [peer.read().value]
        seen[side.name] = min(values) if row.lower_is_better else max(values)
        if best is None or (seen[side.name] > seen[best.side.name]) != row.lower_is_better:
            best, peer = peer, best
        if peer:
            peer.close()
    return best, seen


def compared(row, places, pairs):
    """Readings in turn until `pairs` of them were undisturbed, at most twice as many."""
    ours = opened(row.ours, places, row.threads)
    peer, seen = fastest(row, places)
    found = []
    try:
        while len(found) < 2 * pairs and sum(not disturbed for *_, disturbed in found) < pairs:
            quiet.wait(quiet.cpus(row.threads))
            left, right = ours.read(), peer.read() if peer else None
            found.append((left.value, right and right.value, max(left.foreign, right.foreign if right else 0) > FOREIGN))
    finally:
        ours.close()
        if peer:
            peer.close()
    undisturbed = [pair for pair in found if not pair[2]]
    # Too few quiet pairs: all count, and the table says how many were disturbed.
    used = undisturbed if len(undisturbed) >= pairs else found
    result = {
        "ours": statistics.median(pair[0] for pair in used), "ours_range": extremes([pair[0] for pair in used]),
        "pairs": len(used), "disturbed_pairs": sum(pair[2] for pair in used), "readings": found, "candidates": seen,
    }
    if peer:
        ratios = [pair[0] / pair[1] for pair in used]
        result |= {
            "peer": peer.side.name, "peer_version": peer.version, "peer_value": statistics.median(pair[1] for pair in used),
            "ratio": statistics.median(ratios), "ratio_range": extremes(ratios),
        }
    return result


def extremes(values):
    return [min(values), max(values)]


def floor(row, results, bytes_of):
    return row.floor and row.floor(results["limits"][str(row.threads)], bytes_of)


def facts(row, results, bytes_of):
    """What a row is, whatever comes of it."""
    return {
        "group": row.group, "threads": row.threads, "unit": row.unit, "at_least": row.at_least, "stretch": row.stretch,
        "goal_is_ratio": row.goal_is_ratio, "lower_is_better": row.lower_is_better,
        "floor": floor(row, results, bytes_of),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes"),
        "llmlab": machine.commit(HERE),
        "commands": {side.name: " ".join(side.command) for side in (row.ours, *row.peers)},
    }


def main():
    arguments = parsed()
    chosen = chosen_rows(arguments.rows)
    if arguments.list:
        print("\n".join(row.name for row in chosen))
        return
    if not chosen or not arguments.models:
        sys.exit("no such row; --list shows them" if not chosen else "--models is missing")
    models = Path(arguments.models).resolve()
    places = {"llmlab": str(Path(arguments.llmlab).resolve()), "python": arguments.python, "here": HERE, "models": models,
              "results": arguments.results, "lens_python": arguments.lens_python or arguments.python}
    bytes_of = json.loads((models / "models.json").read_text())
    path = arguments.results / "ratios.json"
    arguments.results.mkdir(parents=True, exist_ok=True)
    results = json.loads(path.read_text()) if path.exists() else {}
    if results.get("machine") != (here := machine.description()):
        # Figures of two machines do not stand in one table.
        results = {"machine": here, "limits": {}, "rows": {}}
    for threads in sorted({row.threads for row in chosen}):
        if arguments.limits or str(threads) not in results["limits"]:
            print(f"limits of the machine, {threads} threads", file=sys.stderr)
            results["limits"][str(threads)] = measure_limits(threads, results["limits"].get(str(threads)))
    for row in all_rows():
        # Limits may have been found to be higher since.
        if row.name in results["rows"]:
            results["rows"][row.name]["floor"] = floor(row, results, bytes_of)
    for row in chosen:
        print(row.name, end=" ", file=sys.stderr, flush=True)
        try:
            outcome = compared(row, places, arguments.pairs or row.pairs)
        except (Problem, OSError) as problem:
            outcome = {"problem": str(problem).replace(str(models), "{models}")}
        results["rows"][row.name] = facts(row, results, bytes_of) | outcome
        print(report.cells(row.name, results["rows"][row.name])[1:4], file=sys.stderr)
        report.write(results, [row.name for row in all_rows()], arguments.results)


if __name__ == "__main__":
    main()
