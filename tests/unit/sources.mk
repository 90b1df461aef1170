# The files of the one unit test program, sorted.
unit_sources += tests/unit/unit.c tests/unit/unit.h
unit_sources += tests/unit/assert_str.h
unit_sources += tests/unit/test_core_config.c tests/unit/test_core_i18n.c tests/unit/test_core_json.c
unit_sources += tests/unit/test_core_log.c tests/unit/test_core_metrics.c tests/unit/test_core_shape.c
unit_sources += tests/unit/test_core_text.c tests/unit/test_core_value.c
unit_sources += tests/unit/test_form.c tests/unit/test_gateway.c tests/unit/test_gateway_sim.c tests/unit/test_http.c
unit_sources += tests/unit/test_mail.c tests/unit/test_page.c tests/unit/test_template.c
unit_sources += tests/unit/support.c tests/unit/support.h tests/unit/test_data_cache.c tests/unit/test_data_db.c
unit_sources += tests/unit/test_data_migrate.c tests/unit/test_data_outbox.c tests/unit/test_data_tx.c
unit_sources += tests/unit/fixtures.c tests/unit/fixtures.h
unit_sources += tests/unit/test_queue.c
unit_sources += tests/unit/test_queue_race.c
unit_sources += tests/unit/fake_gateway.c tests/unit/fake_gateway.h tests/unit/test_payment.c
unit_sources += tests/unit/ask.c tests/unit/ask.h tests/unit/test_notify.c
unit_sources += tests/unit/test_session.c
unit_sources += tests/unit/test_review.c
unit_sources += tests/unit/test_once.c tests/unit/test_cursor.c
