-- Whom to pay, of members who have withdrawn while money was still owed to them: what is erased elsewhere is kept here until the last of it
-- has gone back, for the refunds that somebody makes by hand. Owner: refund (refund_payee).
CREATE TABLE refund_payee (
	member_id BIGINT PRIMARY KEY,
	name      VARCHAR(60) NOT NULL,
	phone     VARCHAR(20) CHARACTER SET ascii NOT NULL,
	to_cancel INT NULL,                            -- enrolments that are not cancelled yet; NULL: nobody has counted them
	kept_at   DATETIME(6) NOT NULL,
	CONSTRAINT refund_payee_member FOREIGN KEY (member_id) REFERENCES member (id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Who withdrew before their enrolments ended with it: the same event again, for those who still have one. Who hears it for the second time
-- finds nothing left to do.
INSERT INTO outbox (shard, stream, type, payload, created_at)
	SELECT 32 + m.id MOD 8, CONCAT('m.', m.id), 'member.withdrawn', CONCAT('{"member_id":', m.id, '}'), UTC_TIMESTAMP(6) FROM member m
	WHERE m.status = 'withdrawn' AND EXISTS (SELECT 1 FROM enrolment e WHERE e.member_id = m.id AND e.status = 'active');
UPDATE instructor i JOIN member m ON m.id = i.member_id SET i.bio = '', i.active = FALSE, i.version = i.version + 1
	WHERE m.status = 'withdrawn' AND i.active AND NOT EXISTS (SELECT 1 FROM course k WHERE k.instructor_id = i.id
	AND k.status IN ('draft', 'open', 'closed'));
