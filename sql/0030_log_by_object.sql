-- The log of one thing whose kind is not said, and of one kind of thing, without a walk through all of it. Owner: staff_log.
ALTER TABLE staff_log
	DROP KEY object_type,
	ADD KEY staff_log_by_object (object_id, object_type, id),
	ADD KEY staff_log_by_kind (object_type, id);
