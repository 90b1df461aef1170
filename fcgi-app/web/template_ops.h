/* web/template_ops.h -- what a template is compiled to: between the parser (template.c) and the renderer
 * (template_render.c); nobody else includes it. */
#ifndef WEB_TEMPLATE_OPS_H
#define WEB_TEMPLATE_OPS_H

#include "web/template.h"

enum op_kind {
	OP_TEXT,
	OP_LINE,        /* here a line of the source begins: the indentation of a partial goes here */
	OP_NAME,        /* escaped */
	OP_RAW,
	OP_SECTION,
	OP_INVERTED,
	OP_PARTIAL,
	OP_PARENT,      /* its body holds the blocks that are given to it */
	OP_BLOCK,
};

/* How a tag stood on its line, which decides about indentation. */
enum op_place {
	PLACE_INLINE,
	PLACE_FIRST,    /* the first thing on a line that holds more */
	PLACE_ALONE,
};

struct op {
	uint8_t kind;
	uint8_t place;
	bool dynamic;                       /* *name: the template's name is the value of `name` */
	bool same_line;                     /* the body of a block begins on the line of its tag */
	uint32_t line;
	uint32_t end;                       /* index behind the last op of the body; of a leaf: the next op */
	uint32_t n_parts;                   /* 0: the name is "." */
	const str *parts;
	str text;                           /* the text, or the whole name */
	str indent;
	const struct template *other;       /* PARTIAL, PARENT; NULL: missing */
};

struct template {
	str name;
	const struct op *ops;
	uint32_t n;
	str why;                            /* not empty: broken */
	struct template_set *set;
	struct template *next;
};

#endif
