#include "prepare.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "web/page.h"
#include "web/route.h"

const struct config *prepare_config(int argc, char **argv)
{
	const char *path = getenv("MADANG_CONFIG");

	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--config") == 0)
			path = argv[i + 1];
	/* A password hash takes 19 MiB for a moment. Left to itself glibc learns from it that such blocks belong into the
	 * heap, and never gives them back. */
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_ARENA_MAX, 2);
	return config_read(path ? path : "var/madang.conf");
}

const struct config *prepare(int argc, char **argv)
{
	const struct config *config = prepare_config(argc, argv);

	if (!config || !i18n_load(config->templates_dir) || !routes_prepare() || !pages_load(config->templates_dir))
		return NULL;
	return config;
}
