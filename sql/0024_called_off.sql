-- Who waits or holds a seat hears why a course is over. Owner: queue.
ALTER TABLE course_seat ADD COLUMN is_called_off BOOLEAN NOT NULL DEFAULT FALSE AFTER over_at;
UPDATE course_seat s JOIN course k ON k.id = s.course_id SET s.is_called_off = TRUE WHERE k.status = 'cancelled';
