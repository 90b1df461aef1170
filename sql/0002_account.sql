-- Who people are. Owner: account (member, member_token), web/session (session, session_refresh, event_ticket),
-- web/idempotency (idempotency), staff_log (staff_log).
CREATE TABLE member (
	id            BIGINT PRIMARY KEY AUTO_INCREMENT,
	email         VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NULL,      -- NULL: withdrawn
	password_hash VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NULL,
	name          VARCHAR(60) NOT NULL,
	phone         VARCHAR(20) CHARACTER SET ascii NOT NULL DEFAULT '',          -- digits only
	locale        CHAR(2) CHARACTER SET ascii NOT NULL DEFAULT 'ko',
	roles         INT NOT NULL DEFAULT 1,                                       -- bits of enum role
	status        VARCHAR(12) CHARACTER SET ascii NOT NULL DEFAULT 'pending',
	created_at    DATETIME(6) NOT NULL,
	version       INT NOT NULL DEFAULT 1,
	demo          BOOL NOT NULL DEFAULT FALSE,                                  -- a login of the demo: production refuses to start with one
	UNIQUE KEY (email),
	KEY (phone),
	KEY member_demo (demo, id),
	CONSTRAINT member_locale CHECK (locale IN ('ko', 'en')),
	CONSTRAINT member_status CHECK (status IN ('pending', 'active', 'suspended', 'withdrawn'))
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- One-time links that were mailed.
CREATE TABLE member_token (
	hash       BINARY(32) PRIMARY KEY,            -- SHA-256 of the token
	member_id  BIGINT NOT NULL,
	purpose    VARCHAR(12) CHARACTER SET ascii NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	KEY (member_id, purpose),
	KEY (expires_at),
	CONSTRAINT member_token_member FOREIGN KEY (member_id) REFERENCES member (id),
	CONSTRAINT member_token_purpose CHECK (purpose IN ('verify', 'reset'))
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE session (
	id                 BIGINT PRIMARY KEY AUTO_INCREMENT,
	member_id          BIGINT NOT NULL,
	kind               VARCHAR(8) CHARACTER SET ascii NOT NULL,
	access_hash        BINARY(32) NOT NULL,
	access_expires_at  DATETIME(6) NOT NULL,
	refresh_hash       BINARY(32) NULL,
	refresh_expires_at DATETIME(6) NULL,
	csrf               VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '',
	user_agent         VARCHAR(200) NOT NULL DEFAULT '',
	ip                 VARCHAR(45) CHARACTER SET ascii NOT NULL DEFAULT '',
	created_at         DATETIME(6) NOT NULL,
	seen_at            DATETIME(6) NOT NULL,
	UNIQUE KEY (access_hash),
	UNIQUE KEY (refresh_hash),
	KEY (member_id),
	KEY (seen_at),
	CONSTRAINT session_member FOREIGN KEY (member_id) REFERENCES member (id),
	CONSTRAINT session_kind CHECK (kind IN ('api', 'console'))
) DEFAULT CHARACTER SET utf8mb4;

-- Refresh tokens that were used: seeing one again means that it was stolen.
CREATE TABLE session_refresh (
	hash       BINARY(32) PRIMARY KEY,
	session_id BIGINT NOT NULL,
	used_at    DATETIME(6) NOT NULL,
	KEY (session_id),
	KEY (used_at)
);

CREATE TABLE event_ticket (
	hash       BINARY(32) PRIMARY KEY,
	session_id BIGINT NOT NULL,
	member_id  BIGINT NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	opened     TINYINT NOT NULL DEFAULT 0,         -- 0 fresh, 1 got its sync, 2 used up
	KEY (expires_at)
);

CREATE TABLE idempotency (
	caller_id   BIGINT NOT NULL,
	idem_key    VARBINARY(255) NOT NULL,
	fingerprint BINARY(32) NOT NULL,
	status      SMALLINT NULL,                     -- NULL: in flight, until lease_until
	body        MEDIUMTEXT NULL,
	lease_until DATETIME(6) NULL,
	created_at  DATETIME(6) NOT NULL,
	PRIMARY KEY (caller_id, idem_key),
	KEY (created_at)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE staff_log (
	id          BIGINT PRIMARY KEY AUTO_INCREMENT,
	at          DATETIME(6) NOT NULL,
	member_id   BIGINT NOT NULL,
	action      VARCHAR(40) CHARACTER SET ascii NOT NULL,      -- course.create, course.status …
	object_type VARCHAR(24) CHARACTER SET ascii NOT NULL,
	object_id   BIGINT NOT NULL,
	before_json MEDIUMTEXT NULL,
	after_json  MEDIUMTEXT NULL,
	reason      VARCHAR(500) NOT NULL DEFAULT '',
	request_id  VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '',
	ip          VARCHAR(45) CHARACTER SET ascii NOT NULL DEFAULT '',
	KEY (object_type, object_id, id),
	KEY (member_id, id)
) DEFAULT CHARACTER SET utf8mb4;

-- What other modules may show of a person.
CREATE ALGORITHM = MERGE VIEW member_name AS SELECT id, name, locale FROM member;
