-- What goes back when somebody leaves, and who was there.
-- Owner: policy (refund_policy, refund_step), refund (refund), roster (attendance).
-- A policy never changes: a new one takes its place, and who bought under the old one keeps it. The current one is the newest.
CREATE TABLE refund_policy (
	id         BIGINT PRIMARY KEY AUTO_INCREMENT,
	name       VARCHAR(60) NOT NULL,
	about      VARCHAR(1000) NOT NULL DEFAULT '',
	created_at DATETIME(6) NOT NULL,
	created_by BIGINT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- The first step that holds counts. days_before: at least `bound` days before the first session; share_held: at most
-- `bound` per cent of the hours were held. Nothing holds: 0 %. The statutory table is the floor under all of it.
CREATE TABLE refund_step (
	policy_id BIGINT NOT NULL,
	n         INT NOT NULL,
	basis     VARCHAR(12) CHARACTER SET ascii NOT NULL,
	bound     INT NOT NULL,
	percent   INT NOT NULL,
	PRIMARY KEY (policy_id, n),
	CONSTRAINT refund_step_policy FOREIGN KEY (policy_id) REFERENCES refund_policy (id),
	CONSTRAINT refund_step_basis CHECK (basis IN ('days_before', 'share_held')),
	CONSTRAINT refund_step_percent CHECK (percent BETWEEN 0 AND 100)
) DEFAULT CHARACTER SET utf8mb4;
INSERT INTO refund_policy (id, name, about, created_at) VALUES (1, '법정 기준', '', UTC_TIMESTAMP(6));
INSERT INTO refund_step (policy_id, n, basis, bound, percent) VALUES (1, 1, 'days_before', 0, 100);

ALTER TABLE enrolment
	ADD policy_id     BIGINT NOT NULL DEFAULT 1,                              -- frozen at the purchase
	ADD source        VARCHAR(8) CHARACTER SET ascii NOT NULL DEFAULT 'online',
	ADD cancel_reason VARCHAR(500) CHARACTER SET utf8mb4 NOT NULL DEFAULT '',
	ADD cancelled_by  BIGINT NULL,
	ADD KEY enrolment_by_course (course_id, status, id),
	ADD KEY enrolment_of_course_by_time (course_id, created_at, id),
	ADD KEY enrolment_by_time (created_at, id),
	ADD KEY enrolment_by_status (status, created_at, id),
	ADD KEY enrolment_by_source (source, created_at, id),
	ADD CONSTRAINT enrolment_policy FOREIGN KEY (policy_id) REFERENCES refund_policy (id),
	ADD CONSTRAINT enrolment_source CHECK (source IN ('online', 'desk'));

-- promised: all that goes back or has gone back, by whatever way. One accumulator, so that never more than was paid does.
ALTER TABLE payment
	ADD promised BIGINT NOT NULL DEFAULT 0,
	ADD method   VARCHAR(8) CHARACTER SET ascii NOT NULL DEFAULT 'card',
	ADD order_tail CHAR(4) CHARACTER SET ascii COLLATE ascii_bin AS (RIGHT(order_id, 4)) PERSISTENT,   -- what people read out
	ADD KEY payment_by_tail (order_tail, id),
	ADD KEY payment_by_course (course_id, id),
	ADD KEY payment_by_status (status, id),
	ADD KEY payment_by_method (method, id),
	ADD CONSTRAINT payment_method CHECK (method IN ('card', 'free', 'cash', 'terminal', 'transfer')),
	ADD CONSTRAINT payment_promised CHECK (promised >= 0 AND promised <= approved);
UPDATE payment SET promised = approved WHERE status IN ('returning', 'returned');
UPDATE payment SET method = 'free' WHERE amount = 0;

CREATE TABLE refund (
	id           BIGINT PRIMARY KEY AUTO_INCREMENT,
	payment_id   BIGINT NOT NULL,
	enrolment_id BIGINT NULL,
	member_id    BIGINT NOT NULL,
	amount       BIGINT NOT NULL,
	kind         VARCHAR(8) CHARACTER SET ascii NOT NULL,                     -- who began it
	reason_code  VARCHAR(16) CHARACTER SET ascii NOT NULL,
	reason       VARCHAR(500) NOT NULL DEFAULT '',
	note         VARCHAR(500) NOT NULL DEFAULT '',                            -- to the member
	quote        TEXT NULL,                                                   -- JSON: how the amount was found
	by_hand      BOOL NOT NULL DEFAULT FALSE,                                 -- not through the gateway
	state        VARCHAR(8) CHARACTER SET ascii NOT NULL DEFAULT 'due',
	code         VARCHAR(80) CHARACTER SET ascii NOT NULL DEFAULT '',         -- of the gateway's last answer
	by_member_id BIGINT NOT NULL,
	created_at   DATETIME(6) NOT NULL,
	done_at      DATETIME(6) NULL,
	KEY refund_by_payment (payment_id, id),
	KEY refund_by_state (state, id),
	KEY refund_by_enrolment (enrolment_id, id),
	KEY refund_by_member (member_id, id),
	CONSTRAINT refund_payment FOREIGN KEY (payment_id) REFERENCES payment (id),
	CONSTRAINT refund_amount CHECK (amount > 0),
	CONSTRAINT refund_reason CHECK (reason_code IN ('changed_mind', 'moved', 'ill', 'course_changed', 'course_cancelled', 'mistake', 'other')),
	CONSTRAINT refund_kind CHECK (kind IN ('member', 'staff', 'course')),
	CONSTRAINT refund_state CHECK (state IN ('due', 'by_hand', 'done'))
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE attendance (
	session_id   BIGINT NOT NULL,
	enrolment_id BIGINT NOT NULL,
	state        VARCHAR(8) CHARACTER SET ascii NOT NULL,
	noted_at     DATETIME(6) NOT NULL,
	noted_by     BIGINT NOT NULL,
	PRIMARY KEY (session_id, enrolment_id),
	KEY attendance_by_enrolment (enrolment_id),
	CONSTRAINT attendance_session FOREIGN KEY (session_id) REFERENCES course_session (id),
	CONSTRAINT attendance_enrolment FOREIGN KEY (enrolment_id) REFERENCES enrolment (id),
	CONSTRAINT attendance_state CHECK (state IN ('present', 'late', 'absent', 'excused'))
);
CREATE ALGORITHM = MERGE VIEW session_attended AS SELECT session_id, enrolment_id, state FROM attendance;
