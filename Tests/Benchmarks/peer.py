"""What every peer script has in common: it loads once, then answers each line of its standard input with one short measurement as one
JSON line. By hand: `echo | python peer_….py …`. Not here: any peer."""
import json
import resource
import sys

from quiet import sample


def serve(work, tokens, runs=5, **facts):
    """- work: one piece of the peer's work, computing `tokens` tokens."""
    for _ in range(min(2, runs)):
        work()
    say(ready=True, **facts)
    for _ in sys.stdin:
        seconds, spread, foreign = sample(work, runs)
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        say(value=tokens / seconds, spread=spread, foreign=foreign, peak_resident_bytes=resident)


def say(**members):
    print(json.dumps(members), flush=True)
