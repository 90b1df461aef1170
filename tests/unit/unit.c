/* unit.c -- runs the groups of unit tests (unit.h) and says at the end how many tests passed and failed. */
#include <fnmatch.h>
#include <stdio.h>

#include "unit.h"

extern const struct unit_group __start_unit_groups[] __attribute__((weak));
extern const struct unit_group __stop_unit_groups[] __attribute__((weak));

static int wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (fnmatch(argv[i], name, 0) == 0)
			return 1;
	return argc < 2;
}

int main(int argc, char **argv)
{
	size_t tests = 0;
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (const struct unit_group *g = __start_unit_groups; g < __stop_unit_groups; g++) {
		if (!wanted(g->name, argc, argv))
			continue;
		tests += g->n_tests;
		failed += g->run();
	}
	printf("%zu passed, %d failed\n", tests - (size_t)failed, failed);
	return failed ? 1 : 0;
}
