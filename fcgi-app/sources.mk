# The program's files: one line per folder, sorted; main.c is not in the list, so that tests can link the rest.
app_sources += fcgi-app/command.h
app_sources += fcgi-app/stack/conf.c fcgi-app/stack/process.c fcgi-app/stack/stack.c fcgi-app/stack/stack.h
app_sources += fcgi-app/sandbox/mailbox.c
app_sources += fcgi-app/outside/gateway.h fcgi-app/outside/gateway_toss.h fcgi-app/outside/http.h fcgi-app/outside/mail.h
