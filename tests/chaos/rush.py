#!/usr/bin/env python3
"""The opening minute: a thousand members join one course within a second (QU-2, QU-8).

rush.py [--seeds N] [--seed FIRST]   Histories, books and reports stand in var/chaos/. Last line: `N passed, N failed`.
"""
import sys

import scene

if __name__ == "__main__":
    sys.exit(scene.main("rush", scene.rush, __doc__))
