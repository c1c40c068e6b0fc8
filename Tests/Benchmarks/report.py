"""Results as JSON and as the ratio table in Markdown. Not here: measuring."""
import json

HEAD = ["work", "ours", "peer", "ratio median [min–max]", "at least", "stretch", "floor", "share of floor"]
NOTES = """Each row: our program and the peer in turn on the same CPUs, the median of the pairs' ratios, ours / peer; how noise is handled: ../README.md.
`~n`: another process used these CPUs in n of the pairs, too many to count the row. Floor: what no program can beat on this machine (bytes over
bandwidth of that working set, operations over the type's peak). Goals are ratios, or, where they bear a unit, our own figure at most. Bold: at least
reached; ★: stretch reached."""


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def reached(result, goal):
    value = result["ratio" if result["goal_is_ratio"] else "ours"]
    return value <= goal if result["lower_is_better"] else value >= goal


def marked(result, text):
    """Goals are reached only on a quiet machine."""
    if result["disturbed_pairs"]:
        return f"{text} ~{result['disturbed_pairs']}"
    if reached(result, result["at_least"]):
        text = f"**{text}**"
    return text + (" ★" if reached(result, result["stretch"]) else "")


def cells(name, result):
    unit = result["unit"]
    suffix = "" if result["goal_is_ratio"] or unit == "×" else f" {unit}"
    goals = [f"{'≤ ' if result['lower_is_better'] else ''}{result[key]:g}{suffix}" for key in ("at_least", "stretch")]
    floor = number(result["floor"])
    if "problem" in result:
        return [name, f"not measured: {result['problem']}", "–", "–", *goals, floor, "–"]
    ours, peer, ratio = f"{number(result['ours'])} {unit}", "–", "–"
    if "ratio" in result:
        low, high = result["ratio_range"]
        peer = f"{number(result['peer_value'])} ({result['peer']})"
        ratio = f"{result['ratio']:.2f} [{low:.2f}–{high:.2f}]"
    elif result["candidates"]:
        peer = "; ".join(f"{side}: {problem}" for side, problem in result["candidates"].items())
    if result["goal_is_ratio"]:
        ratio = marked(result, ratio) if "ratio" in result else ratio
    else:
        ours = marked(result, ours)
    share = f"{100 * result['ours'] / result['floor']:.0f} %" if result["floor"] else "–"
    return [name, ours, peer, ratio, *goals, floor, share]


def markdown(results, order):
    rows = {name: results["rows"][name] for name in order if name in results["rows"]}
    dates = sorted(row["date"][:10] for row in rows.values())
    versions = {f"{row['peer'].split()[0]} {row['peer_version']}" for row in rows.values() if row.get("peer_version")}
    limits = "; ".join(
        f"{threads} thread{'s' if threads != '1' else ''}: " + ", ".join(f"{key} {limit[key]:,.0f}" for key in limit if key[-3:] in ("ops",))
        + ", read " + ", ".join(f"{rate:.0f} GB/s at {size >> 20} MiB" for size, rate in limit["read"] if size >> 20 in (4, 16, 64, 512))
        for threads, limit in sorted(results["limits"].items()))
    lines = ["# Ratio table", "", f"- Date: {dates[0]}" + (f" to {dates[-1]}" if dates[-1] != dates[0] else ""),
             f"- Machine: {results['machine']}", f"- Limits: {limits}",
             f"- llmlab at {', '.join(sorted({row['llmlab'] for row in rows.values()}))}; {'; '.join(sorted(versions))}", "", NOTES, "",
             "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells(name, row)) + " |" for name, row in rows.items()]
    lines += ["", "## Commands", ""]
    for name, row in rows.items():
        used = {side: command for side, command in row["commands"].items() if side in ("llmlab", row.get("peer"))}
        lines += [f"- {name}"] + [f"  - `{command}`" for command in used.values()]
    return "\n".join(lines) + "\n"


def write(results, order, folder):
    for name, text in (("ratios.json", json.dumps(results, indent=1, ensure_ascii=False)), ("ratios.md", markdown(results, order))):
        temporary = folder / f"{name}.tmp"
        temporary.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        temporary.replace(folder / name)
