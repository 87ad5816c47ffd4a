"""The command line: ``python -m tests.programs --help``."""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from collections import Counter

from .children import PATIENCE, Pool, run_one
from .generate import program
from .judge import judge
from .shrink import shrink


def main(arguments=None):
    """Run programs; the exit status is 1 where one failed."""
    parser = argparse.ArgumentParser(prog="programs", description="Random programs against the plain way in float64.")
    parser.add_argument("--count", type=int, help="how many programs")
    parser.add_argument("--minutes", type=float, help="or for how long")
    parser.add_argument("--seed", type=int, help="the first seed (a random one, which is printed, without it)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--failures", metavar="FILE", help="a file for the failures, one JSON object a line")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds a program may take")
    parser.add_argument("--show", type=int, metavar="SEED", help="print a program")
    parser.add_argument("--run", type=int, metavar="SEED", help="run one program in this process")
    parser.add_argument(
        "--shrink", type=int, metavar="SEED", help="print the smallest program that fails like this one"
    )
    options = parser.parse_args(arguments)
    if options.show is not None:
        print(program(options.show).script())
        return 0
    if options.run is not None:
        failure = judge(program(options.run))
        print(failure or "no fault")
        return int(failure is not None)
    if options.shrink is not None:
        return smallest(options.shrink, options.patience)
    return many(options)


def many(options):
    """Run many programs and sum up."""
    if options.count is None and options.minutes is None:
        options.count = 100
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"programs from seed {first} on", flush=True)
    seeds = range(first, first + options.count) if options.count is not None else itertools.count(first)
    begun = time.monotonic()
    deadline = None if options.minutes is None else begun + 60 * options.minutes
    counts, ran = Counter(), 0
    stream = open(options.failures, "w", encoding="utf-8") if options.failures else None  # noqa: SIM115
    for _, failure in Pool(options.jobs, options.patience).run(seeds, deadline):
        ran += 1
        if failure is None:
            continue
        counts[failure["kind"]] += 1
        if failure["kind"] != "unsure":
            print(json.dumps(failure), flush=True)
        if stream is not None:
            stream.write(json.dumps(failure) + "\n")
            stream.flush()
    if stream is not None:
        stream.close()
    seconds = time.monotonic() - begun
    unsure = counts.pop("unsure", 0)
    failed = sum(counts.values())
    kinds = f" ({', '.join(f'{n} {kind}' for kind, n in counts.most_common())})" if failed else ""
    print(f"{ran} programs, {failed} failed{kinds}, {unsure} unsure; {seconds:.0f} s, {ran / seconds:.1f} a second")
    return int(failed > 0)


def smallest(seed, patience):
    """Print the smallest script that fails as a seed's program does."""
    whole = program(seed)
    found = run_one(whole, patience)
    if found is None:
        print(f"program {seed} does not fail alone")
        return 0

    def fails(candidate):
        failure = run_one(candidate, patience)
        return failure is not None and failure["kind"] == found["kind"] and _gist(failure) == _gist(found)

    small = shrink(whole, fails)
    print(small.text())
    print("#", json.dumps(run_one(small, patience)))
    return 1


def _gist(failure):
    """What has to stay the same while a program gets smaller."""
    return failure["what"].split(":")[0] if failure["kind"] in ("raises", "dies") else ""


if __name__ == "__main__":
    sys.exit(main())
