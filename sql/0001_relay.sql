-- What leaves the database after a commit, and what is done again and again. Owner: data, relay.

-- Events that wait. Rows of one shard leave in the order of their ids; what has left is deleted.
CREATE TABLE outbox (
	shard      TINYINT UNSIGNED NOT NULL,
	id         BIGINT NOT NULL AUTO_INCREMENT,
	stream     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	type       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	payload    MEDIUMTEXT NOT NULL,                -- JSON
	created_at DATETIME(6) NOT NULL,
	tries      INT NOT NULL DEFAULT 0,
	not_before DATETIME(6) NULL,                   -- after a failure; NULL: at once
	PRIMARY KEY (shard, id),
	KEY (id),
	CONSTRAINT outbox_shard_known CHECK (shard < 40),
	CONSTRAINT outbox_tries CHECK (tries >= 0)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A relay holds the lock of a shard's row while it reads the shard: 0 to 31 push, 32 to 39 work.
CREATE TABLE outbox_shard (
	shard TINYINT UNSIGNED PRIMARY KEY
);

INSERT INTO outbox_shard (shard) SELECT seq FROM seq_0_to_39;

-- Events that were given up after many tries; an operator puts them back or drops them.
CREATE TABLE outbox_parked (
	shard      TINYINT UNSIGNED NOT NULL,
	id         BIGINT PRIMARY KEY,                 -- the same as in the outbox, so that listeners know it again
	stream     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	type       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	payload    MEDIUMTEXT NOT NULL,
	created_at DATETIME(6) NOT NULL,
	tries      INT NOT NULL DEFAULT 0,
	not_before DATETIME(6) NULL,
	reason     VARCHAR(500) NOT NULL DEFAULT '',
	parked_at  DATETIME(6) NOT NULL,
	KEY (parked_at)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A listener's effect and its row here commit together, so that it acts once per event.
CREATE TABLE inbox (
	event_id BIGINT NOT NULL,
	listener VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	done_at  DATETIME(6) NOT NULL,
	PRIMARY KEY (event_id, listener),
	KEY (done_at)
);

CREATE TABLE job (
	name        VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
	due_at      DATETIME(6) NOT NULL,
	owner       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,      -- who runs it
	lease_until DATETIME(6) NULL,
	last_run_at DATETIME(6) NULL,
	last_us     BIGINT NULL,
	last_error  VARCHAR(400) NOT NULL DEFAULT '',
	CONSTRAINT job_lease CHECK ((owner IS NULL) = (lease_until IS NULL))
) DEFAULT CHARACTER SET utf8mb4;
