#!/usr/bin/env python3
"""Negative controls: the product is broken on purpose (MADANG_SABOTAGE, honoured in the sandbox only), and the checker must
notice. A checker that stays green here proves nothing anywhere else. At the end the same run on the whole product must pass.

controls.py [--only NAME] [--seed FIRST]   The checkout's own data are set aside meanwhile, and its system is left as it was.
Last line: `N passed, N failed`.
"""
import argparse
import os
import shutil
import sys

import checker
import house
import scene

# What is broken, and the checks of which at least one must fail.
CONTROLS = {
    "course_lock": ({"numbers_are_dense", "order_is_kept", "seats_hold_at_every_look", "nobody_is_overtaken", "seats_add_up", "seats_are_sold",
                     "offers_are_told", "audit_is_clean"}, scene.crossing),
    "inbox_key": ({"one_key_one_answer", "joins_are_answered", "no_ticket_from_nowhere", "nobody_is_charged_twice", "books_agree",
                   "notifications_have_no_gaps"}, scene.rush),
    "replay": ({"streams_lose_nothing"}, scene.cables),
}
TRIES = 3


DATA = ("db", "demo-loaded")         # of var/: what a broken product would spoil


def set_aside():
    """The checkout's own data waits while its system is broken on purpose."""
    house.run("down")
    for name in DATA:
        here, aside = os.path.join(house.VAR, name), os.path.join(house.VAR, name + ".aside")
        if os.path.exists(here) and not os.path.exists(aside):
            os.rename(here, aside)


def put_back():
    house.run("down")
    for name in DATA:
        here, aside = os.path.join(house.VAR, name), os.path.join(house.VAR, name + ".aside")
        forget(here)
        if os.path.exists(aside):
            os.rename(aside, here)


def forget(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def start_anew(sabotage):
    """The system on an empty database, with this safety left out; with none left out if it is None."""
    house.run("down")
    for name in DATA:
        forget(os.path.join(house.VAR, name))
    up(sabotage)


def up(sabotage):
    if sabotage:
        os.environ["MADANG_SABOTAGE"] = sabotage
    status, out, err = house.run("up")
    os.environ.pop("MADANG_SABOTAGE", None)
    if status != 0:
        raise SystemExit(f"the system does not come up\n{out}{err}")


def caught(name, seed):
    """Some runs on the broken product: one of them must fail for the right reason."""
    expected, make = CONTROLS[name]
    for n in range(TRIES):
        report = scene.run_one(make, seed + n, f"control-{name}")
        red = {c["check"] for c in report["checks"] if c["result"] == "fail"}
        print(f"{name}, run {n + 1}: {report['verdict']}, red: {', '.join(sorted(red)) or 'nothing'}", flush=True)
        if red & expected:
            return True
    return False


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--only", choices=CONTROLS)
    ap.add_argument("--seed", type=int, default=1)
    o = ap.parse_args()
    was_up = house.run("status")[0] == 0
    passed = failed = 0
    set_aside()
    try:
        for name in [o.only] if o.only else CONTROLS:
            start_anew(name)
            ok = caught(name, o.seed)
            print(f"{'ok    ' if ok else 'FAILED'}  without {name} the checker {'goes red' if ok else 'stays green'}", flush=True)
            passed, failed = passed + ok, failed + (not ok)
        start_anew(None)
        for name in [o.only] if o.only else CONTROLS:
            report = scene.run_one(CONTROLS[name][1], o.seed, f"control-{name}")
            ok = report["verdict"] == "pass"
            print(f"{'ok    ' if ok else 'FAILED'}  with everything in place the same run passes", flush=True)
            if not ok:
                print(checker.text(report))
            passed, failed = passed + ok, failed + (not ok)
    finally:
        put_back()
        if was_up:
            up(None)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
