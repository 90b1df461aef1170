-- Running a term: terms, rooms, the search index. Owner: term (term), course (room, course_text, course_gram).
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
INSERT INTO room (name) SELECT DISTINCT room FROM course_session;

ALTER TABLE course
	ADD term_id      BIGINT NULL,
	ADD min_enrolled INT NOT NULL DEFAULT 0,         -- fewer than this, and the centre decides whether it runs
	ADD decide_on    DATE NULL,                      -- the day on which that is decided, in Seoul
	ADD decision     VARCHAR(4) CHARACTER SET ascii NULL,   -- run; not to run is the status cancelled
	ADD copied_from  BIGINT NULL,
	ADD KEY course_by_term (term_id, id),
	ADD KEY course_to_decide (decision, decide_on, id),
	ADD CONSTRAINT course_term FOREIGN KEY (term_id) REFERENCES term (id),
	ADD CONSTRAINT course_decision CHECK (decision IN ('run')),
	ADD CONSTRAINT course_min CHECK (min_enrolled >= 0);

-- A session keeps its id when its course is edited: attendance hangs on it.
ALTER TABLE course_session
	ADD id BIGINT NOT NULL AUTO_INCREMENT UNIQUE,
	ADD KEY course_session_by_time (starts_at, course_id);

-- What a course is found by, lower case, spaces single; and every two letters of it that stand side by side.
CREATE TABLE course_text (
	course_id BIGINT PRIMARY KEY,
	text      TEXT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE course_gram (
	gram      VARCHAR(2) NOT NULL,
	course_id BIGINT NOT NULL,
	PRIMARY KEY (gram, course_id),
	KEY course_gram_of (course_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Instructors are looked for by how their name begins.
ALTER TABLE instructor
	ADD KEY instructor_by_name (name, id);

-- The limit of the term, where joining looks anyway.
ALTER TABLE course_seat
	ADD term_id          BIGINT NULL,
	ADD per_member_limit INT NOT NULL DEFAULT 0;

-- When a seat was offered and sold: for the feed.
ALTER TABLE ticket
	ADD offered_at  DATETIME(6) NULL,
	ADD enrolled_at DATETIME(6) NULL;

CREATE ALGORITHM = MERGE VIEW term_name AS SELECT id, name, starts_on, ends_on FROM term;
CREATE ALGORITHM = MERGE VIEW course_brief AS
	SELECT id, title, status, category_id, instructor_id, term_id, price, starts_on, ends_on, version FROM course;
CREATE ALGORITHM = MERGE VIEW course_meeting AS SELECT id, course_id, n, starts_at, ends_at, room FROM course_session;
