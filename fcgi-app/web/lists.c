#include "web/lists.h"

const struct shape id_in_shape = SHAPE("ById", struct id_in, F(id));

const struct shape page_in_shape = SHAPE("Page", struct page_in,
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));
