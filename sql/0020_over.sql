-- What is over stays over, and what was given up is found by its stream. Owner: queue, data, notify.
-- When the course was finished or cancelled; NULL: it may still be joined, or will be. Whoever waits or holds a seat after that leaves, and for
-- a day it is looked whether somebody came at the last moment: also where somebody was left behind before this column was.
ALTER TABLE course_seat
	ADD over_at DATETIME(6) NULL,
	ADD KEY course_seat_by_end (over_at);
UPDATE course_seat s JOIN course k ON k.id = s.course_id
	SET s.over_at = UTC_TIMESTAMP(6) - INTERVAL IF(EXISTS (SELECT 1 FROM ticket t WHERE t.course_id = s.course_id
		AND t.state IN ('waiting', 'active')), 0, 2) DAY
	WHERE k.status IN ('finished', 'cancelled');

-- An edit of a course could write back a limit that its term had had before.
UPDATE course_seat s JOIN term t ON t.id = s.term_id SET s.per_member_limit = t.per_member_limit;

ALTER TABLE outbox_parked
	ADD KEY outbox_parked_by_stream (stream);

-- What has changed of a course is a list, in every notification.
UPDATE notification SET data = JSON_SET(data, '$.fields',
		JSON_EXTRACT(CONCAT('["', REPLACE(JSON_VALUE(data, '$.fields'), ',', '","'), '"]'), '$'))
	WHERE type = 'course.changed' AND JSON_TYPE(JSON_EXTRACT(data, '$.fields')) = 'STRING';
