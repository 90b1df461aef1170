-- The books of the payment gateway's simulator. Owner: gateway_sim. They stand in a database of their own, because they are
-- another company's: nothing of Madang may read them, and they know nothing of Madang.
CREATE DATABASE IF NOT EXISTS madang_pg CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS madang_pg.pgsim_payment (
	id                   BIGINT PRIMARY KEY AUTO_INCREMENT,
	payment_key          VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	order_id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	amount               BIGINT NOT NULL,                  -- what the payer agreed to in the window
	approved             BIGINT NOT NULL DEFAULT 0,        -- what was charged
	balance              BIGINT NOT NULL DEFAULT 0,        -- of it, what has not gone back
	status               VARCHAR(20) CHARACTER SET ascii NOT NULL DEFAULT 'IN_PROGRESS',
	fault                VARCHAR(16) CHARACTER SET ascii NOT NULL DEFAULT '',
	secret               VARCHAR(50) CHARACTER SET ascii NOT NULL,
	last_transaction_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	failure_code         VARCHAR(80) CHARACTER SET ascii NULL,
	requested_at         DATETIME(6) NOT NULL,
	approved_at          DATETIME(6) NULL,
	paid_order           VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin AS (IF(approved_at IS NULL, NULL, order_id)) PERSISTENT,
	UNIQUE KEY (payment_key),
	UNIQUE KEY pgsim_order_paid_once (paid_order),
	KEY pgsim_payment_by_order (order_id, id),
	KEY pgsim_payment_by_status (status, requested_at),
	CONSTRAINT pgsim_payment_status CHECK (status IN ('IN_PROGRESS', 'DONE', 'PARTIAL_CANCELED', 'CANCELED', 'ABORTED', 'EXPIRED')),
	CONSTRAINT pgsim_payment_balance CHECK (balance >= 0 AND balance <= approved)
);

CREATE TABLE IF NOT EXISTS madang_pg.pgsim_cancel (
	id              BIGINT PRIMARY KEY AUTO_INCREMENT,
	payment_id      BIGINT NOT NULL,
	transaction_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	amount          BIGINT NOT NULL,
	reason          VARCHAR(200) NOT NULL,
	refundable      BIGINT NOT NULL,                       -- what is left after it
	canceled_at     DATETIME(6) NOT NULL,
	UNIQUE KEY (transaction_key),
	KEY pgsim_cancel_by_payment (payment_id, id),
	CONSTRAINT pgsim_cancel_amount CHECK (amount > 0)
);

-- Every movement of money: the list for the daily match.
CREATE TABLE IF NOT EXISTS madang_pg.pgsim_transaction (
	id              BIGINT PRIMARY KEY AUTO_INCREMENT,
	transaction_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	payment_key     VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	order_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	amount          BIGINT NOT NULL,
	status          VARCHAR(20) CHARACTER SET ascii NOT NULL,
	transaction_at  DATETIME(6) NOT NULL,
	UNIQUE KEY (transaction_key),
	KEY pgsim_transaction_by_time (transaction_at, id)
);

-- Answers kept for repeated calls with the same Idempotency-Key.
CREATE TABLE IF NOT EXISTS madang_pg.pgsim_key (
	key_hash   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
	status     BIGINT NOT NULL DEFAULT 0,
	body       MEDIUMTEXT NOT NULL DEFAULT '',
	ready_at   DATETIME(6) NOT NULL,                       -- until then the first call is still being answered
	created_at DATETIME(6) NOT NULL,
	KEY pgsim_key_by_age (created_at)
);

CREATE TABLE IF NOT EXISTS madang_pg.pgsim_webhook (
	id              BIGINT PRIMARY KEY AUTO_INCREMENT,
	transmission_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	body            MEDIUMTEXT NOT NULL,
	tries           BIGINT NOT NULL DEFAULT 0,
	due_at          DATETIME(6) NULL,                      -- NULL: delivered or given up
	created_at      DATETIME(6) NOT NULL,
	UNIQUE KEY (transmission_id),
	KEY pgsim_webhook_by_due (due_at, id)
);
