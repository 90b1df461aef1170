-- What is sold. Owner: category (category), instructor (instructor), course (course, course_session, course_seat).
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

-- The row that everything about a course's seats is decided under. Narrow, and apart from the text of the course.
CREATE TABLE course_seat (
	course_id   BIGINT PRIMARY KEY,
	capacity    INT NOT NULL,
	taken       INT NOT NULL DEFAULT 0,            -- enrolled + held
	enrolled    INT NOT NULL DEFAULT 0,
	waiting     INT NOT NULL DEFAULT 0,            -- numbered tickets that wait
	last_number BIGINT NOT NULL DEFAULT 0,
	CONSTRAINT course_seat_course FOREIGN KEY (course_id) REFERENCES course (id),
	CONSTRAINT course_seat_capacity CHECK (capacity > 0),
	CONSTRAINT course_seat_taken CHECK (taken >= 0 AND taken <= capacity),
	CONSTRAINT course_seat_enrolled CHECK (enrolled >= 0 AND enrolled <= taken),
	CONSTRAINT course_seat_waiting CHECK (waiting >= 0)
);
