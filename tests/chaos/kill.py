#!/usr/bin/env python3
"""The same people while workers, relay, both nginx, memcached and the database are killed again and again (NO-3, PA-3, EV-2).

kill.py [--seeds N] [--seed FIRST]   Histories, books and reports stand in var/chaos/. Last line: `N passed, N failed`.
"""
import argparse
import random
import sys

import scene


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--seeds", type=int, default=1)
    ap.add_argument("--seed", type=int, default=None, help="the first seed; by chance if it is left out")
    o = ap.parse_args()
    first = o.seed if o.seed is not None else random.SystemRandom().randrange(1, 10**6)
    print(f"kill: {o.seeds} run(s), first seed {first}", flush=True)
    bad = scene.run_seeds(scene.kill, first, o.seeds)
    print(f"{o.seeds - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
