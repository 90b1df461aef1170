# Small programs for tests and measurements. Each adds itself to EXTRA_PROGRAMS ("make tests/bench/NAME" builds it)
# or to check_PROGRAMS ("make check" builds it), and names its NAME_SOURCES.
