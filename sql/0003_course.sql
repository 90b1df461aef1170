-- What is sold. Owner: category (category), instructor (instructor), course (course, course_session).
CREATE TABLE category (
	id        BIGINT PRIMARY KEY AUTO_INCREMENT,
	parent_id BIGINT NULL,
	name      VARCHAR(60) NOT NULL,
	position  INT NOT NULL DEFAULT 0,
	KEY (parent_id, position),
	CONSTRAINT category_parent FOREIGN KEY (parent_id) REFERENCES category (id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE instructor (
	id         BIGINT PRIMARY KEY AUTO_INCREMENT,
	member_id  BIGINT NOT NULL,
	name       VARCHAR(60) NOT NULL,
	bio        TEXT NOT NULL DEFAULT '',
	active     BOOL NOT NULL DEFAULT TRUE,
	created_at DATETIME(6) NOT NULL,
	version    INT NOT NULL DEFAULT 1,
	UNIQUE KEY (member_id),
	CONSTRAINT instructor_member FOREIGN KEY (member_id) REFERENCES member (id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE course (
	id              BIGINT PRIMARY KEY AUTO_INCREMENT,
	title           VARCHAR(120) NOT NULL,
	category_id     BIGINT NOT NULL,
	instructor_id   BIGINT NOT NULL,
	price           BIGINT NOT NULL,
	status          VARCHAR(12) CHARACTER SET ascii NOT NULL DEFAULT 'draft',
	hold_seconds    INT NOT NULL,
	enrol_opens_at  DATETIME(6) NOT NULL,
	enrol_closes_at DATETIME(6) NOT NULL,
	starts_on       DATE NULL,                     -- of the first and the last session, in Seoul
	ends_on         DATE NULL,
	description     TEXT NOT NULL DEFAULT '',
	version         INT NOT NULL DEFAULT 1,
	created_at      DATETIME(6) NOT NULL,
	KEY course_by_category (category_id, id),
	KEY course_by_instructor (instructor_id, id),
	KEY course_by_status (status, id),
	KEY course_by_opening (enrol_opens_at, id),
	CONSTRAINT course_category FOREIGN KEY (category_id) REFERENCES category (id),
	CONSTRAINT course_instructor FOREIGN KEY (instructor_id) REFERENCES instructor (id),
	CONSTRAINT course_price CHECK (price >= 0),
	CONSTRAINT course_hold CHECK (hold_seconds > 0),
	CONSTRAINT course_window CHECK (enrol_opens_at < enrol_closes_at),
	CONSTRAINT course_status CHECK (status IN ('draft', 'open', 'closed', 'cancelled', 'finished'))
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE course_session (
	course_id BIGINT NOT NULL,
	n         INT NOT NULL,
	starts_at DATETIME(6) NOT NULL,
	ends_at   DATETIME(6) NOT NULL,
	room      VARCHAR(60) NOT NULL,
	PRIMARY KEY (course_id, n),
	KEY (room, starts_at),
	CONSTRAINT course_session_course FOREIGN KEY (course_id) REFERENCES course (id),
	CONSTRAINT course_session_order CHECK (starts_at < ends_at)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- What other modules may show of an instructor.
CREATE ALGORITHM = MERGE VIEW instructor_name AS SELECT id, name FROM instructor;
CREATE ALGORITHM = MERGE VIEW course_title AS SELECT id, title FROM course;
