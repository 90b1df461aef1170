#!/bin/sh
# Makes ./configure out of configure.ac, for a checkout (a release tarball already has it).
set -e
cd "$(dirname "$0")"
exec autoreconf --install
