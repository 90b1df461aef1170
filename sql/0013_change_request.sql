-- What instructors ask for, and what became of it. Owner: change (change_request, change_step, change_batch, change_notice).
CREATE TABLE change_request (
	id              BIGINT PRIMARY KEY AUTO_INCREMENT,
	course_id       BIGINT NOT NULL,
	instructor_id   BIGINT NOT NULL,
	member_id       BIGINT NOT NULL,               -- who filed it
	kind            VARCHAR(8) CHARACTER SET ascii NOT NULL,
	state           VARCHAR(12) CHARACTER SET ascii NOT NULL,
	live            TINYINT AS (IF(state IN ('submitted', 'approved'), 1, NULL)) PERSISTENT,
	base_version    INT NOT NULL,                  -- of the course, when it was filed
	base            MEDIUMTEXT NOT NULL,           -- JSON: the touched fields as they were then
	changes         MEDIUMTEXT NOT NULL,           -- JSON: the same fields as they shall be
	n_fields        INT NOT NULL DEFAULT 1,
	`sensitive`     BOOL NOT NULL DEFAULT FALSE,   -- money, or people's plans
	print           BINARY(32) NOT NULL,           -- SHA-256 of kind and changes: the same is not filed twice
	note            VARCHAR(1000) NOT NULL DEFAULT '',
	reason          VARCHAR(500) NOT NULL DEFAULT '',      -- of the decision
	staged          VARCHAR(8) CHARACTER SET ascii NULL,   -- a decision that is not sent yet
	staged_reason   VARCHAR(500) NOT NULL DEFAULT '',
	staged_by       BIGINT NULL,
	staged_at       DATETIME(6) NULL,
	batch_id        BIGINT NULL,                   -- the last decision
	was             MEDIUMTEXT NULL,               -- JSON: what was really changed, as it was before: where an undo leads to
	applied_version INT NULL,                      -- of the course, when it was completed: what an undo starts from
	created_at      DATETIME(6) NOT NULL,
	submitted_at    DATETIME(6) NULL,
	decided_at      DATETIME(6) NULL,
	decided_by      BIGINT NULL,
	completed_at    DATETIME(6) NULL,
	version         INT NOT NULL DEFAULT 1,
	UNIQUE KEY change_request_once (course_id, print, live),
	KEY change_request_by_state (state, id),
	KEY change_request_by_course (course_id, id),
	KEY change_request_by_instructor (instructor_id, id),
	KEY change_request_by_member (member_id, id),
	KEY change_request_staged (staged_by, id),
	KEY change_request_by_batch (batch_id, id),
	CONSTRAINT change_request_kind CHECK (kind IN ('edit', 'delete', 'status')),
	CONSTRAINT change_request_state CHECK (state IN ('draft', 'submitted', 'approved', 'completed', 'rejected', 'withdrawn', 'stale')),
	CONSTRAINT change_request_stage CHECK (staged IN ('approve', 'reject', 'skip'))
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Its history: one row for each change of state.
CREATE TABLE change_step (
	request_id BIGINT NOT NULL,
	n          INT NOT NULL,
	at         DATETIME(6) NOT NULL,
	member_id  BIGINT NOT NULL,
	state      VARCHAR(12) CHARACTER SET ascii NOT NULL,
	reason     VARCHAR(500) NOT NULL DEFAULT '',
	batch_id   BIGINT NULL,
	undone     BOOL NOT NULL DEFAULT FALSE,
	PRIMARY KEY (request_id, n),
	CONSTRAINT change_step_state CHECK (state IN ('draft', 'submitted', 'approved', 'completed', 'rejected', 'withdrawn', 'stale')),
	CONSTRAINT change_step_request FOREIGN KEY (request_id) REFERENCES change_request (id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Decisions that were sent together (a single one is a batch of one). Their notices leave at tell_at, and until then they can be undone.
CREATE TABLE change_batch (
	id        BIGINT PRIMARY KEY AUTO_INCREMENT,
	member_id BIGINT NOT NULL,
	at        DATETIME(6) NOT NULL,
	tell_at   DATETIME(6) NULL,                    -- NULL: told, or undone
	told_at   DATETIME(6) NULL,
	undone_at DATETIME(6) NULL,
	results   MEDIUMTEXT NOT NULL DEFAULT '[]',    -- JSON: [{id, action, ok, code?}]
	KEY change_batch_due (tell_at),
	KEY change_batch_by_member (member_id, id)
) DEFAULT CHARACTER SET utf8mb4;

-- What is told when the batch's notices leave.
CREATE TABLE change_notice (
	batch_id   BIGINT NOT NULL,
	request_id BIGINT NOT NULL,
	action     VARCHAR(8) CHARACTER SET ascii NOT NULL,
	PRIMARY KEY (batch_id, request_id),
	CONSTRAINT change_notice_batch FOREIGN KEY (batch_id) REFERENCES change_batch (id)
);

CREATE ALGORITHM = MERGE VIEW change_brief AS
	SELECT id, course_id, instructor_id, member_id, kind, state, created_at, submitted_at, decided_at FROM change_request;
