# The files of the one unit test program, sorted.
unit_sources += tests/unit/unit.c tests/unit/unit.h
