-- Who wants a seat, and who has one. Owner: queue (ticket), enrolment (enrolment), payment (payment, payment_attempt).
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
	UNIQUE KEY (order_id),
	UNIQUE KEY (payment_key),
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
	amount      BIGINT NOT NULL,
	state       VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'in_flight',
	tries       INT NOT NULL DEFAULT 0,            -- read-backs
	check_at    DATETIME(6) NULL,                  -- when the janitor looks next; NULL: settled
	code        VARCHAR(80) CHARACTER SET ascii NOT NULL DEFAULT '',
	created_at  DATETIME(6) NOT NULL,
	settled_at  DATETIME(6) NULL,
	UNIQUE KEY (idem_key),
	KEY payment_attempt_by_payment (payment_id, id),
	KEY payment_attempt_due (check_at),
	CONSTRAINT payment_attempt_payment FOREIGN KEY (payment_id) REFERENCES payment (id),
	CONSTRAINT payment_attempt_kind CHECK (kind IN ('confirm', 'cancel')),
	CONSTRAINT payment_attempt_state CHECK (state IN ('in_flight', 'unknown', 'approved', 'refused', 'not_sent'))
);
