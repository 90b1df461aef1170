-- Other modules say of a course that it is open only when it can be joined: the view also tells from when on. Owner: course.
CREATE OR REPLACE ALGORITHM = MERGE VIEW course_brief AS
	SELECT id, title, status, category_id, instructor_id, term_id, price, starts_on, ends_on, version, enrol_opens_at FROM course;
