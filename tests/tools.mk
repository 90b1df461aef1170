# Small programs for tests and measurements. Each adds itself to EXTRA_PROGRAMS ("make tests/bench/NAME" builds it)
# or to check_PROGRAMS ("make check" builds it), and names its NAME_SOURCES.

# For ./madang bench: bare peers, and load tools that share nothing with the program.
EXTRA_PROGRAMS += tests/bench/peer_bare tests/bench/load tests/bench/sse
tests_bench_peer_bare_SOURCES = tests/bench/peer.h tests/bench/peer_bare.c tests/bench/peer_rows.c
bench_wire = tests/bench/meter.c tests/bench/meter.h tests/bench/wire.c tests/bench/wire.h
tests_bench_load_SOURCES = tests/bench/load.c $(bench_wire)
tests_bench_sse_SOURCES = tests/bench/sse.c tests/bench/sse.h tests/bench/sse_orders.c tests/bench/sse_stream.c $(bench_wire)
# These two are measurements of the program's own rules, so they link its objects.
EXTRA_PROGRAMS += tests/bench/joins tests/bench/emit
tests_bench_joins_SOURCES = tests/bench/joins.c $(app_sources)
tests_bench_emit_SOURCES = tests/bench/emit.c $(app_sources)
