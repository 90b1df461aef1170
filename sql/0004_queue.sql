-- Who wants a seat, and who has one. Owner: queue (course_seat, ticket, queue_join), enrolment (enrolment), payment (payment, payment_attempt).
-- The row that everything about a course's seats is decided under: narrow, apart from the course's text, with all that
-- joining and promoting need. Others read it through the view seat_count.
CREATE TABLE course_seat (
	course_id    BIGINT PRIMARY KEY,
	title        VARCHAR(120) NOT NULL,
	is_open      BOOL NOT NULL DEFAULT FALSE,
	opens_at     DATETIME(6) NOT NULL,
	closes_at    DATETIME(6) NOT NULL,
	hold_seconds INT NOT NULL,
	capacity     INT NOT NULL,
	taken        INT NOT NULL DEFAULT 0,            -- enrolled + held
	enrolled     INT NOT NULL DEFAULT 0,
	waiting      INT NOT NULL DEFAULT 0,            -- numbered tickets that wait
	last_number  BIGINT NOT NULL DEFAULT 0,
	KEY course_seat_open (is_open),
	CONSTRAINT course_seat_course FOREIGN KEY (course_id) REFERENCES course (id),
	CONSTRAINT course_seat_capacity CHECK (capacity > 0),
	CONSTRAINT course_seat_taken CHECK (taken >= 0 AND taken <= capacity),
	CONSTRAINT course_seat_enrolled CHECK (enrolled >= 0 AND enrolled <= taken),
	CONSTRAINT course_seat_waiting CHECK (waiting >= 0)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE ALGORITHM = MERGE VIEW seat_count AS
	SELECT course_id, capacity, capacity - taken AS seats_left, waiting AS queue_length, enrolled FROM course_seat;

CREATE TABLE ticket (
	id              BIGINT PRIMARY KEY AUTO_INCREMENT,
	course_id       BIGINT NOT NULL,
	member_id       BIGINT NOT NULL,
	state           VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'waiting',
	live            TINYINT AS (IF(state IN ('waiting', 'active', 'paying', 'enrolled'), 1, NULL)) PERSISTENT,
	number          BIGINT NULL,                   -- the place in the order, given by the promoter; NULL: it has not come by yet
	joined_at       DATETIME(6) NOT NULL,
	hold_expires_at DATETIME(6) NULL,              -- while active or paying
	ended_at        DATETIME(6) NULL,
	UNIQUE KEY ticket_one_live (course_id, member_id, live),
	UNIQUE KEY ticket_number (course_id, number),
	KEY ticket_by_state (course_id, state, number),
	KEY ticket_by_hold (hold_expires_at),
	KEY ticket_by_member (member_id, id),
	CONSTRAINT ticket_state CHECK (state IN ('waiting', 'active', 'paying', 'enrolled', 'expired', 'left', 'cancelled'))
);

-- Joining: one round trip, one commit. The ticket, the key and the answer (`tail` is what stands behind the id) stand or
-- fall together. id 0: a unique key is taken, or another join of this member is under way; the caller looks which.
CREATE PROCEDURE queue_join(p_member BIGINT, p_course BIGINT, p_key VARBINARY(255), p_print BINARY(32), p_now DATETIME(6),
	p_tail VARCHAR(300) CHARACTER SET ascii)
MODIFIES SQL DATA
BEGIN
	DECLARE EXIT HANDLER FOR 1062, 1205
	BEGIN
		ROLLBACK;
		SELECT 0 AS id;
	END;
	START TRANSACTION;
	SET STATEMENT innodb_lock_wait_timeout = 0 FOR INSERT INTO ticket (course_id, member_id, joined_at)
		VALUES (p_course, p_member, p_now);
	SET STATEMENT innodb_lock_wait_timeout = 0 FOR
		INSERT INTO idempotency (caller_id, idem_key, fingerprint, status, body, created_at)
		VALUES (p_member, p_key, p_print, 201, CONCAT('{"id":', LAST_INSERT_ID(), p_tail), p_now);
	COMMIT;
	SELECT LAST_INSERT_ID() AS id;
END;

CREATE TABLE enrolment (
	id           BIGINT PRIMARY KEY AUTO_INCREMENT,
	course_id    BIGINT NOT NULL,
	member_id    BIGINT NOT NULL,
	ticket_id    BIGINT NOT NULL,
	order_id     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	paid         BIGINT NOT NULL,
	status       VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'active',
	live         TINYINT AS (IF(status = 'active', 1, NULL)) PERSISTENT,
	created_at   DATETIME(6) NOT NULL,
	cancelled_at DATETIME(6) NULL,
	UNIQUE KEY enrolment_one_live (course_id, member_id, live),
	UNIQUE KEY enrolment_of_ticket (ticket_id),
	UNIQUE KEY enrolment_of_order (order_id),
	KEY enrolment_by_member (member_id, id),
	CONSTRAINT enrolment_status CHECK (status IN ('active', 'cancelled')),
	CONSTRAINT enrolment_paid CHECK (paid >= 0)
);

CREATE TABLE payment (
	id          BIGINT PRIMARY KEY AUTO_INCREMENT,
	order_id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	member_id   BIGINT NOT NULL,
	ticket_id   BIGINT NOT NULL,
	course_id   BIGINT NOT NULL,
	gateway     VARCHAR(16) CHARACTER SET ascii NOT NULL,
	amount      BIGINT NOT NULL,
	approved    BIGINT NOT NULL DEFAULT 0,         -- what the gateway took
	returned    BIGINT NOT NULL DEFAULT 0,         -- what went back; never more than was taken
	status      VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'ready',
	payment_key VARBINARY(200) NULL,
	code        VARCHAR(80) CHARACTER SET ascii NOT NULL DEFAULT '',
	created_at  DATETIME(6) NOT NULL,
	paid_at     DATETIME(6) NULL,
	UNIQUE KEY payment_order (order_id),
	KEY payment_by_key (payment_key),
	KEY payment_by_ticket (ticket_id),
	KEY payment_by_member (member_id, id),
	CONSTRAINT payment_status CHECK (status IN ('ready', 'in_flight', 'unknown', 'paid', 'refused', 'returning', 'returned', 'cancelled')),
	CONSTRAINT payment_amount CHECK (amount >= 0),
	CONSTRAINT payment_returned CHECK (returned >= 0 AND returned <= approved)
) DEFAULT CHARACTER SET utf8mb4;

-- One call to the gateway whose outcome must be known in the end. kind: confirm, or cancel (money that goes back).
CREATE TABLE payment_attempt (
	id          BIGINT PRIMARY KEY AUTO_INCREMENT,
	payment_id  BIGINT NOT NULL,
	kind        VARCHAR(8) CHARACTER SET ascii NOT NULL,
	idem_key    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,      -- towards the gateway
	payment_key VARBINARY(200) NULL,               -- of a confirm: one key pays one order
	amount      BIGINT NOT NULL,
	state       VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'in_flight',
	tries       INT NOT NULL DEFAULT 0,            -- read-backs
	check_at    DATETIME(6) NULL,                  -- when the janitor looks next; NULL: settled
	code        VARCHAR(80) CHARACTER SET ascii NOT NULL DEFAULT '',
	created_at  DATETIME(6) NOT NULL,
	settled_at  DATETIME(6) NULL,
	UNIQUE KEY payment_attempt_key (idem_key),
	UNIQUE KEY payment_attempt_pays (kind, payment_key),
	KEY payment_attempt_by_payment (payment_id, id),
	KEY payment_attempt_due (check_at),
	CONSTRAINT payment_attempt_payment FOREIGN KEY (payment_id) REFERENCES payment (id),
	CONSTRAINT payment_attempt_kind CHECK (kind IN ('confirm', 'cancel')),
	CONSTRAINT payment_attempt_state CHECK (state IN ('in_flight', 'unknown', 'approved', 'refused', 'not_sent'))
);

-- For the gauges.
CREATE VIEW seat_load AS SELECT SUM(taken) AS taken, SUM(waiting) AS waiting FROM course_seat WHERE is_open;
