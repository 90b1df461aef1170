-- What the console keeps for the staff. Owner: staff_log (staff_log_seal), saved_view (saved_view).
-- The chain over staff_log: each hash is of the one before and of the row, so no row can be changed or taken out unseen.
CREATE TABLE staff_log_seal (
	n      BIGINT PRIMARY KEY,                     -- 1, 2, 3 … in the order of the seals, not of the ids: a late commit comes later
	log_id BIGINT NOT NULL,
	at     DATETIME(6) NOT NULL,                   -- of the row: from where on the next round looks
	hash   BINARY(32) NOT NULL,
	UNIQUE KEY staff_log_seal_of (log_id)
);

ALTER TABLE staff_log
	ADD KEY staff_log_by_time (at, id),
	ADD KEY staff_log_by_action (action, id),
	ADD KEY staff_log_by_request (request_id, id);

CREATE TABLE saved_view (
	id         BIGINT PRIMARY KEY AUTO_INCREMENT,
	member_id  BIGINT NOT NULL,
	page       VARCHAR(40) CHARACTER SET ascii NOT NULL,       -- "courses": what stands behind /admin/
	name       VARCHAR(40) NOT NULL,
	query      VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT '',   -- as it stands in the URL, without cursor
	shared     BOOL NOT NULL DEFAULT FALSE,
	created_at DATETIME(6) NOT NULL,
	UNIQUE KEY saved_view_name (member_id, page, name),
	KEY saved_view_shared (page, shared)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- How people are looked for: the last four digits, the name, the name without its first syllable; and who is staff.
ALTER TABLE member
	ADD phone_tail CHAR(4) CHARACTER SET ascii AS (RIGHT(phone, 4)) PERSISTENT,
	ADD given_name VARCHAR(60) AS (SUBSTRING(name, 2)) PERSISTENT,
	ADD is_staff   TINYINT AS (IF(roles & 56, 1, NULL)) PERSISTENT,
	ADD has_role   TINYINT AS (IF(roles & 62, 1, NULL)) PERSISTENT,     -- any but member
	ADD KEY member_by_tail (phone_tail, id),
	ADD KEY member_by_name (name, id),
	ADD KEY member_by_given_name (given_name, id),
	ADD KEY member_by_status (status, id),
	ADD KEY member_staff (is_staff, id),
	ADD KEY member_with_role (has_role, id);

CREATE ALGORITHM = MERGE VIEW member_contact AS
	SELECT id, name, given_name, email, phone, phone_tail, locale, status, roles, is_staff, has_role, created_at, version, CONCAT('["member"',
		IF(roles & 2, ',"instructor"', ''), IF(roles & 4, ',"creator"', ''), IF(roles & 8, ',"operator"', ''),
		IF(roles & 16, ',"finance"', ''), IF(roles & 32, ',"admin"', ''), ']') AS role_words FROM member;

ALTER TABLE course ADD KEY course_by_start (starts_on, id);

-- What a member has, for those who help them: member reads it all.
CREATE ALGORITHM = MERGE VIEW enrolment_brief AS
	SELECT id, course_id, member_id, ticket_id, policy_id, order_id, paid, status, source, created_at, cancelled_at FROM enrolment;
CREATE ALGORITHM = MERGE VIEW ticket_brief AS
	SELECT id, course_id, member_id, state, number, joined_at, hold_expires_at, ended_at FROM ticket;
CREATE ALGORITHM = MERGE VIEW payment_brief AS
	SELECT id, order_id, member_id, course_id, gateway, method, amount, approved, returned, promised, status, created_at, paid_at FROM payment;
CREATE ALGORITHM = MERGE VIEW refund_brief AS
	SELECT id, payment_id, enrolment_id, member_id, amount, kind, reason_code, state, created_at, done_at FROM refund;
CREATE ALGORITHM = MERGE VIEW session_brief AS SELECT id, member_id, kind, created_at, seen_at FROM session;
CREATE ALGORITHM = MERGE VIEW notice_count AS SELECT member_id, head, unread FROM member_stream;
CREATE ALGORITHM = MERGE VIEW parked_brief AS SELECT id, type, parked_at FROM outbox_parked;
