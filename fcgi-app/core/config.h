/* core/config.h -- the settings of one installation: `key = value` lines in one file, read once at start.
 *
 * A line that begins with # is a remark. Paths are under `root` unless they begin with a slash. Texts that are not set
 * are empty, never NULL. */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/* Of this program: AC_INIT in configure.ac. The analysers read the files without it. */
#ifdef PACKAGE_VERSION
#define MADANG_VERSION PACKAGE_VERSION
#else
#define MADANG_VERSION "0"
#endif

struct config {
	const char *profile;              /* sandbox | production */
	const char *root;                 /* folder of templates/, sql/, static/ */
	const char *run_dir;              /* sockets, metrics files */
	const char *base_url;             /* https://host:port, without a slash at the end */
	const char *db_socket, *db_name, *db_user, *db_password;
	const char *memcached_socket;
	const char *web_socket, *edge_socket, *pg_socket;
	const char *nchan_pub_socket;
	const char *gateway_url, *gateway_secret;
	const char *smtp_url, *mail_from, *mail_dir;
	const char *templates_dir, *sql_dir;
	int64_t web_processes, web_threads, edge_processes, edge_threads;
	int64_t access_seconds, refresh_seconds, console_idle_seconds;
	int64_t gateway_timeout_ms;
	unsigned char secret[32];         /* from secret_file: keys of cursors and tokens are derived from it */
	bool sandbox;
	const char *sabotage;             /* from MADANG_SABOTAGE, sandbox only: the safety that is left out; NULL: none */
};

/* Reads the file. Prints to stderr what is wrong, and returns NULL. Lives for ever. */
const struct config *config_read(const char *path);

/* Is this safety left out on purpose? For the negative controls (tests/chaos/controls.py), which prove that the tests
 * would notice: "course_lock", "inbox_key", "replay". Never in production. */
struct ctx;
bool sabotaged(const struct ctx *, const char *safety);

#endif
