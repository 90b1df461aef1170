/* check/check.h -- what is proved or printed about the program itself: its routes, words, templates, statements.
 *
 * `madang check` needs a database server (a scratch database is made and dropped); the others need nothing that runs.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "core/config.h"

/* The settings, or NULL when there are none. */
const struct config *check_settings(int argc, char **argv);

#endif
