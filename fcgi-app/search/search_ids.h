/* search/search_ids.h -- things that are named exactly: C-2417, R-511, M-17, P-70231, E-90113, an order id, an address of the console. */
#ifndef SEARCH_IDS_H
#define SEARCH_IDS_H

#include "search/search.h"

/* The page that this text is the name of; false: it names nothing that there is, or that the caller may see. */
bool search_exact(struct ctx *, str q, struct search_hit *);

#endif
