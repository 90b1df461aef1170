# The program's files: one line per folder, sorted; main.c is not in the list, so that tests can link the rest.
app_sources += fcgi-app/command.h
app_sources += fcgi-app/core/arena.c fcgi-app/core/arena.h fcgi-app/core/buf.c fcgi-app/core/buf.h
app_sources += fcgi-app/core/config.c fcgi-app/core/config.h fcgi-app/core/ctx.c fcgi-app/core/ctx.h
app_sources += fcgi-app/core/fault.h fcgi-app/core/i18n.c fcgi-app/core/i18n.h fcgi-app/core/json.c
app_sources += fcgi-app/core/json.h fcgi-app/core/json_write.c fcgi-app/core/log.c fcgi-app/core/log.h
app_sources += fcgi-app/core/metrics.c fcgi-app/core/metrics.def fcgi-app/core/metrics.h
app_sources += fcgi-app/core/outcome.h fcgi-app/core/shape.c fcgi-app/core/shape.h fcgi-app/core/str.c fcgi-app/core/str.h
app_sources += fcgi-app/core/value.c fcgi-app/core/value.h
app_sources += fcgi-app/data/cache.h fcgi-app/data/db.c fcgi-app/data/db.h fcgi-app/data/db_bulk.c
app_sources += fcgi-app/data/db_private.h fcgi-app/data/db_query.c fcgi-app/data/db_rows.c fcgi-app/data/db_statement.c
app_sources += fcgi-app/data/db_tx.c fcgi-app/data/job.h fcgi-app/data/migrate.h fcgi-app/data/outbox.h
app_sources += fcgi-app/stack/conf.c fcgi-app/stack/process.c fcgi-app/stack/stack.c fcgi-app/stack/stack.h
app_sources += fcgi-app/sandbox/mailbox.c fcgi-app/sandbox/mailbox.h
app_sources += fcgi-app/outside/gateway.h fcgi-app/outside/gateway_toss.h fcgi-app/outside/http.h fcgi-app/outside/mail.h
app_sources += fcgi-app/web/form.c fcgi-app/web/form.h fcgi-app/web/template.c fcgi-app/web/template.h
app_sources += fcgi-app/web/template_ops.h fcgi-app/web/template_render.c
