#include "web/lists.h"

const struct shape id_in_shape = SHAPE("ById", struct id_in, F(id));

const struct shape page_in_shape = SHAPE("Page", struct page_in,
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

const struct shape id_option_shape = SHAPE("IdOption", struct id_option, F(value), F(label));
const struct shape text_option_shape = SHAPE("TextOption", struct text_option, F(value), F(label));

str id_option_label(list options, int64_t value)
{
	const struct id_option *o = options.p;

	for (size_t i = 0; i < options.n; i++)
		if (o[i].value == value)
			return o[i].label;
	return (str){ NULL, 0 };
}
