/* command.h -- the words one may say after `madang`.
 *
 * A subcommand is a function `int NAME_command(int argc, char **argv)`, which returns the exit status; argv[0] is the
 * subcommand's own word. To add one: write the function, add a line here.
 */
#ifndef MADANG_COMMAND_H
#define MADANG_COMMAND_H

/*	word        function        what it does */
#define COMMANDS(X) \
	X("audit",    audit,      "prove the invariants on the live database") \
	X("check",    check,      "prove what the program says about itself: routes, words, statements, plans") \
	X("demo",     demo,       "load the demo data into an empty database") \
	X("mailbox",  mailbox,    "a mail server for the sandbox: every mail becomes a file") \
	X("migrate",  migrate,    "bring the database's schema up to date") \
	X("openapi",  openapi,    "print the OpenAPI document; --html FOLDER: the reference") \
	X("relay",    relay,      "drain the outbox, promote queues, do the jobs") \
	X("routes",   routes,     "print the routes: --json, --nginx, --problems") \
	X("search",   search,     "index the courses that are not yet; --rebuild: all anew") \
	X("serve",    serve,      "serve requests: --pool web, edge or pg") \
	X("stack",    stack,      "start, watch and restart all parts of the local system") \
	X("user",     user,       "accounts of the staff: add, role, password")

#define COMMAND_PROTOTYPE(word, name, about) int name##_command(int argc, char **argv);
COMMANDS(COMMAND_PROTOTYPE)
#undef COMMAND_PROTOTYPE

#endif
