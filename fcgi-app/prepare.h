/* prepare.h -- what every subcommand that serves or works needs first. */
#ifndef PREPARE_H
#define PREPARE_H

#include "core/config.h"

/* --config FILE, else MADANG_CONFIG, else var/madang.conf. NULL: said on stderr. */
const struct config *prepare_config(int argc, char **argv);
/* The same, with words, routes and pages. */
const struct config *prepare(int argc, char **argv);

#endif
