-- A notice says why its own decision was made, and is held back while a later decision on the same request has one that says more. Owner: change.
ALTER TABLE change_notice
	ADD reason  VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT '',
	ADD held_by BIGINT NULL,                       -- the later batch: its undo lets this one go, its telling ends it
	ADD KEY change_notice_held (held_by);

UPDATE change_notice n JOIN change_request r ON r.id = n.request_id SET n.reason = r.reason;

-- Those of decisions that did not last.
DELETE n FROM change_notice n JOIN change_request r ON r.id = n.request_id
	WHERE r.batch_id IS NULL OR r.batch_id <> n.batch_id OR r.state NOT IN ('approved', 'rejected', 'completed');
