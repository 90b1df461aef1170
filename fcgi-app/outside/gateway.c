#include "outside/gateway.h"

static const struct gateway *const gateways[] = { &gateway_toss };

const struct gateway *const gateway_default = &gateway_toss;

const struct gateway *gateway_find(str name)
{
	for (size_t i = 0; i < sizeof(gateways) / sizeof(gateways[0]); i++)
		if (str_eq(str_of(gateways[i]->name), name))
			return gateways[i];
	return NULL;
}
