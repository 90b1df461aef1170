-- Who would join a course that never was public is told what is told of one that isn't there: where joining looks anyway. Owner: queue.
ALTER TABLE course_seat ADD COLUMN published BOOLEAN NOT NULL DEFAULT FALSE AFTER is_open;
UPDATE course_seat s JOIN course k ON k.id = s.course_id SET s.published = k.published;
ALTER TABLE course_seat ADD CONSTRAINT course_seat_published CHECK (published OR NOT is_open);
