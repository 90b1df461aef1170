#!/usr/bin/env python3
"""The same people while workers, relay, both nginx, memcached and the database are killed again and again (NO-3, PA-3, EV-2).

kill.py [--seeds N] [--seed FIRST]   Histories, books and reports stand in var/chaos/. Last line: `N passed, N failed`.
"""
import sys

import scene

if __name__ == "__main__":
    sys.exit(scene.main("kill", scene.kill, __doc__))
