"""Cases with sentences for names: each passes or fails, and says what was got."""
import contextlib
import re
import sys
import time
import traceback

SHOWN = 6


class Suite:
    def __init__(self, client):
        self.client = client
        self.passed = self.failed = 0
        self.quiet = True

    @contextlib.contextmanager
    def case(self, name):
        before = len(self.client.violations)
        wrong = []
        started = time.monotonic()
        try:
            yield wrong
        except AssertionError as e:
            wrong.append(str(e) or traceback.format_exc(limit=-2))
        except Exception:
            wrong.append(traceback.format_exc(limit=-4))
        # Told once each, and not again by a case around this one.
        wrong += {re.sub(r'[0-9a-f]{32}', '…', v): v for v in self.client.violations[before:]}
        del self.client.violations[before:]
        if not wrong:
            self.passed += 1
            if not self.quiet:
                print(f"ok      {name} ({time.monotonic() - started:.2f} s)")
            return
        self.failed += 1
        print(f"FAILED  {name}")
        for words in wrong[:SHOWN]:
            print("        " + words.strip().replace("\n", "\n        "))
        if len(wrong) > SHOWN:
            print(f"        … and {len(wrong) - SHOWN} more")
        sys.stdout.flush()


def same(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


# How long something that the relay does may take on a machine that has other things to do: a test that waits ends when it has happened.
SOON = 20


def eventually(holds, seconds=SOON):
    """Waits until it holds, and says what it gave last if it never does."""
    end = time.monotonic() + seconds
    while not (got := holds()):
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s: {got!r}")
        time.sleep(0.05)
    return got


def is_problem(reply, status, code, field=None):
    if (reply.status, reply.code) != (status, code):
        raise AssertionError(f"got {reply!r}, wanted {status} {code}")
    if field and field not in [e["field"] for e in reply.json.get("errors", [])]:
        raise AssertionError(f"errors do not name {field}: {reply.json.get('errors')}")
