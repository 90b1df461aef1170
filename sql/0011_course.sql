-- Running a term: terms, rooms, the search index.
-- Owner: term (term), course (room, course_text, course_gram), queue (term_member, queue_join_limited).
CREATE TABLE term (
	id               BIGINT PRIMARY KEY AUTO_INCREMENT,
	name             VARCHAR(60) NOT NULL,
	starts_on        DATE NOT NULL,
	ends_on          DATE NOT NULL,
	per_member_limit INT NOT NULL DEFAULT 0,         -- courses of this term that one member may have or wait for; 0: any number
	created_at       DATETIME(6) NOT NULL,
	version          INT NOT NULL DEFAULT 1,
	UNIQUE KEY term_name (name),
	KEY term_by_start (starts_on, id),
	CONSTRAINT term_order CHECK (starts_on <= ends_on),
	CONSTRAINT term_limit CHECK (per_member_limit >= 0)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A room exists from its first booking on. Its row is what bookings are decided under: who books locks it.
CREATE TABLE room (
	id     BIGINT PRIMARY KEY AUTO_INCREMENT,
	name   VARCHAR(60) NOT NULL,
	seats  INT NULL,                                 -- NULL: not known
	active BOOL NOT NULL DEFAULT TRUE,
	UNIQUE KEY room_name (name),
	CONSTRAINT room_seats CHECK (seats > 0)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT IGNORE INTO room (name) SELECT DISTINCT room FROM course_session;

ALTER TABLE course
	MODIFY description MEDIUMTEXT NOT NULL DEFAULT '',       -- 20,000 letters may be 80,000 bytes
	ADD term_id      BIGINT NULL,
	ADD min_enrolled INT NOT NULL DEFAULT 0,         -- fewer than this, and the centre decides whether it runs
	ADD decide_on    DATE NULL,                      -- the day on which that is decided, in Seoul
	ADD decision     VARCHAR(4) CHARACTER SET ascii NULL,   -- run; not to run is the status cancelled
	ADD copied_from  BIGINT NULL,
	ADD KEY course_by_term (term_id, id),
	ADD KEY course_to_decide (status, decision, decide_on),
	ADD CONSTRAINT course_term FOREIGN KEY (term_id) REFERENCES term (id),
	ADD CONSTRAINT course_decision CHECK (decision IN ('run')),
	ADD CONSTRAINT course_min CHECK (min_enrolled >= 0);

-- A session keeps its id when its course is edited: attendance hangs on it.
ALTER TABLE course_session
	ADD id BIGINT NOT NULL AUTO_INCREMENT UNIQUE,
	ADD KEY course_session_by_time (starts_at, course_id);

-- What a course is found by: lower case, spaces single. And for every letter of it, every two that stand side by side, and every filter
-- (\1 and its name), which courses have it: a bit for each of 60 ids, so that what many courses have is a few rows, and words are looked for by
-- AND. The lowest bit is the course block * 60; the sign's bit is left alone.
CREATE TABLE course_text (
	course_id BIGINT PRIMARY KEY,
	text      MEDIUMTEXT NOT NULL,                    -- 20,000 letters may be 80,000 bytes
	marks     VARCHAR(400) CHARACTER SET ascii NOT NULL DEFAULT ''    -- the filters that are in course_gram
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE course_gram (
	gram  VARCHAR(24) NOT NULL,
	block BIGINT NOT NULL,
	bits  BIGINT NOT NULL,
	PRIMARY KEY (gram, block)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Instructors are looked for by how their name begins.
ALTER TABLE instructor
	ADD KEY instructor_by_name (name, id);

-- The limit of the term, where joining looks anyway.
ALTER TABLE course_seat
	ADD term_id          BIGINT NULL,
	ADD per_member_limit INT NOT NULL DEFAULT 0,
	ADD KEY course_seat_by_term (term_id);

-- Who joins in a term with a limit locks this row first, so that one member's joins are counted one after the other.
CREATE TABLE term_member (
	term_id   BIGINT NOT NULL,
	member_id BIGINT NOT NULL,
	PRIMARY KEY (term_id, member_id)
);

-- As queue_join, and -1 if the member has or waits for as many courses of the term as one may.
CREATE PROCEDURE queue_join_limited(p_member BIGINT, p_course BIGINT, p_key VARBINARY(255), p_print BINARY(32), p_now DATETIME(6),
	p_tail VARCHAR(300) CHARACTER SET ascii, p_term BIGINT, p_limit BIGINT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_has BIGINT;
	DECLARE EXIT HANDLER FOR 1062, 1205
	BEGIN
		ROLLBACK;
		SELECT 0 AS id;
	END;
	START TRANSACTION;
	INSERT INTO term_member (term_id, member_id) VALUES (p_term, p_member) ON DUPLICATE KEY UPDATE member_id = p_member;
	SELECT COUNT(*) INTO v_has FROM ticket t JOIN course_seat s ON s.course_id = t.course_id
		WHERE t.member_id = p_member AND t.live = 1 AND s.term_id = p_term;
	IF v_has >= p_limit THEN
		ROLLBACK;
		SELECT -1 AS id;
	ELSE
		SET STATEMENT innodb_lock_wait_timeout = 0 FOR INSERT INTO ticket (course_id, member_id, joined_at)
			VALUES (p_course, p_member, p_now);
		SET STATEMENT innodb_lock_wait_timeout = 0 FOR
			INSERT INTO idempotency (caller_id, idem_key, fingerprint, status, body, created_at)
			VALUES (p_member, p_key, p_print, 201, CONCAT('{"id":', LAST_INSERT_ID(), p_tail), p_now);
		COMMIT;
		SELECT LAST_INSERT_ID() AS id;
	END IF;
END;

-- When a seat was offered and sold: for the feed.
ALTER TABLE ticket
	ADD offered_at  DATETIME(6) NULL,
	ADD enrolled_at DATETIME(6) NULL;

CREATE ALGORITHM = MERGE VIEW term_name AS SELECT id, name, starts_on, ends_on FROM term;
CREATE ALGORITHM = MERGE VIEW course_brief AS
	SELECT id, title, status, category_id, instructor_id, term_id, price, starts_on, ends_on, version FROM course;
CREATE ALGORITHM = MERGE VIEW course_meeting AS SELECT id, course_id, n, starts_at, ends_at, room FROM course_session;
