-- Names that differ only in white space are one name, as they are when they are sent now: a room was there twice and could be booked twice.
-- Owner: course, queue, category, instructor, term, account.
UPDATE course_session SET room = TRIM(REGEXP_REPLACE(room, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY room <> BINARY TRIM(REGEXP_REPLACE(room, '[\\h\\x{2028}\\x{2029}]+', ' '));
-- The first takes the name, with its seats; what is left has a twin that has it.
UPDATE IGNORE room SET name = TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY name <> BINARY TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' ')) ORDER BY id;
DELETE FROM room
	WHERE BINARY name <> BINARY TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '));

UPDATE course SET title = TRIM(REGEXP_REPLACE(title, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY title <> BINARY TRIM(REGEXP_REPLACE(title, '[\\h\\x{2028}\\x{2029}]+', ' '));
UPDATE course_seat SET title = TRIM(REGEXP_REPLACE(title, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY title <> BINARY TRIM(REGEXP_REPLACE(title, '[\\h\\x{2028}\\x{2029}]+', ' '));
UPDATE category SET name = TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY name <> BINARY TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '));
UPDATE instructor SET name = TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY name <> BINARY TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '));
UPDATE member SET name = TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY name <> BINARY TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '));
-- Two terms stay two.
UPDATE IGNORE term SET name = TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '))
	WHERE BINARY name <> BINARY TRIM(REGEXP_REPLACE(name, '[\\h\\x{2028}\\x{2029}]+', ' '));
