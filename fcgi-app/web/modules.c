/* web/modules.c -- what the modules declare, gathered in the order of modules.def. */
#include "web/modules.h"

#include "core/metrics.h"

static const struct module {
	const char *name;
	const struct route *routes;
} modules[] = {
#define MODULE(name) { #name, name##_routes },
#include "modules.def"
#undef MODULE
};

enum { MODULES = sizeof(modules) / sizeof(modules[0]) };

/* All routes in one array: made by the first call, at start, before there are threads. */
static const struct route *all[METRIC_ROUTES];
static const char *owner[METRIC_ROUTES];
static size_t count;

size_t route_count(void)
{
	if (count == 0)
		for (size_t m = 0; m < MODULES; m++)
			for (const struct route *r = modules[m].routes; r->path && count < METRIC_ROUTES; r++) {
				owner[count] = modules[m].name;
				all[count++] = r;
			}
	return count;
}

const struct route *route_at(size_t i)
{
	return i < route_count() ? all[i] : NULL;
}

const char *route_module(size_t i)
{
	return i < route_count() ? owner[i] : NULL;
}

size_t route_index(const struct route *r)
{
	for (size_t i = 0; i < count; i++)
		if (all[i] == r)
			return i;
	return METRIC_ROUTES - 1;
}
