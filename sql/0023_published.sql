-- A course is the public's business from its first opening on; one that was given up as a draft never was. Owner: course.
ALTER TABLE course ADD COLUMN published BOOLEAN NOT NULL DEFAULT FALSE AFTER status;
UPDATE course k JOIN course_seat s ON s.course_id = k.id SET k.published = k.status <> 'draft' AND (k.status <> 'cancelled' OR s.last_number > 0);
ALTER TABLE course ADD CONSTRAINT course_published CHECK (published OR status IN ('draft', 'cancelled'));
