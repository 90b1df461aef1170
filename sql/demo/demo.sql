-- What a person would believe: a culture centre in the middle of its enrolment weeks. @password is set by `madang demo`.
SET @now = UTC_TIMESTAMP(6);
SET @ten = TIMESTAMP(DATE(@now + INTERVAL 9 HOUR)) + INTERVAL 1 HOUR;        -- ten in the morning today in Seoul, in UTC

INSERT INTO member (id, email, password_hash, name, phone, roles, status, created_at, demo) VALUES
	(1, 'admin@madang.example', @password, '한도윤', '01020010001', 33, 'active', @now - INTERVAL 400 DAY, TRUE),
	(2, 'operator@madang.example', @password, '서지안', '01020010002', 9, 'active', @now - INTERVAL 390 DAY, TRUE),
	(3, 'finance@madang.example', @password, '문가람', '01020010003', 17, 'active', @now - INTERVAL 390 DAY, TRUE),
	(4, 'teacher@madang.example', @password, '윤해솔', '01020010004', 3, 'active', @now - INTERVAL 380 DAY, TRUE),
	(5, 'creator@madang.example', @password, '노다온', '01020010005', 5, 'active', @now - INTERVAL 380 DAY, TRUE),
	(6, 'learner@madang.example', @password, '김보람', '01020010006', 1, 'active', @now - INTERVAL 200 DAY, TRUE),
	(7, 'jang.mirae@madang.example', NULL, '장미래', '01020010007', 3, 'active', @now - INTERVAL 380 DAY, TRUE),
	(8, 'oh.sebin@madang.example', NULL, '오세빈', '01020010008', 3, 'active', @now - INTERVAL 370 DAY, TRUE),
	(9, 'baek.noeul@madang.example', NULL, '백노을', '01020010009', 3, 'active', @now - INTERVAL 360 DAY, TRUE);

-- Forty learners.
INSERT INTO member (id, email, password_hash, name, phone, roles, status, created_at, demo)
SELECT 100 + s.seq, CONCAT('learner', s.seq, '@madang.example'), NULL,
	CONCAT(ELT(1 + s.seq % 10, '김', '이', '박', '최', '정', '강', '조', '윤', '장', '임'),
		ELT(1 + s.seq * 7 % 12, '서연', '민준', '하윤', '도현', '지우', '예준', '수아', '시우', '다은', '주원', '채원', '은호')),
	CONCAT('0103', LPAD(s.seq * 137137 % 10000000, 7, '0')), 1, 'active', @now - INTERVAL s.seq DAY, TRUE
FROM seq_1_to_40 s;

INSERT INTO category (id, parent_id, name, position) VALUES
	(1, NULL, '미술·공예', 1), (2, 1, '도자기', 1), (3, 1, '수채화', 2), (4, NULL, '음악', 2), (5, 4, '피아노', 1), (6, 4, '국악', 2),
	(7, NULL, '어학', 3), (8, 7, '영어', 1), (9, 7, '일본어', 2), (10, NULL, '건강·요가', 4), (11, NULL, '요리', 5), (12, NULL, '컴퓨터', 6);

INSERT INTO instructor (id, member_id, name, bio, created_at) VALUES
	(1, 4, '윤해솔', '흙과 물레로 생활 그릇을 만듭니다.', @now - INTERVAL 380 DAY),
	(2, 7, '장미래', '피아노 교육 십오 년.', @now - INTERVAL 380 DAY),
	(3, 8, '오세빈', '여행하며 배운 말을 나눕니다.', @now - INTERVAL 370 DAY),
	(4, 9, '백노을', '몸을 천천히 깨우는 요가.', @now - INTERVAL 360 DAY);

INSERT INTO course (id, title, category_id, instructor_id, price, status, published, hold_seconds, enrol_opens_at, enrol_closes_at, starts_on, ends_on,
	description, created_at) VALUES
	(1, '손으로 빚는 생활 도자기', 2, 1, 128000, 'open', TRUE, 600, @ten - INTERVAL 5 DAY, @ten + INTERVAL 14 DAY, NULL, NULL,
		'물레와 손으로 밥그릇과 접시를 빚습니다. 흙과 유약은 수강료에 들어 있습니다.', @now - INTERVAL 30 DAY),
	(2, '성인 피아노 첫걸음', 5, 2, 160000, 'open', TRUE, 600, @ten - INTERVAL 3 DAY, @ten + INTERVAL 14 DAY, NULL, NULL,
		'악보를 몰라도 시작할 수 있습니다. 한 사람에 피아노 한 대입니다.', @now - INTERVAL 30 DAY),
	(3, '주말 수채화: 계절을 그리다', 3, 1, 96000, 'open', TRUE, 600, @ten - INTERVAL 2 DAY, @ten + INTERVAL 20 DAY, NULL, NULL,
		'한 달에 한 계절을 그립니다. 붓과 종이는 준비되어 있습니다.', @now - INTERVAL 25 DAY),
	(4, '여행 영어 회화', 8, 3, 88000, 'open', TRUE, 600, @ten + INTERVAL 1 DAY, @ten + INTERVAL 21 DAY, NULL, NULL,
		'공항에서 시장까지, 꼭 쓰는 말부터 배웁니다.', @now - INTERVAL 20 DAY),
	(5, '아침을 여는 요가', 10, 4, 72000, 'open', TRUE, 300, @ten - INTERVAL 7 DAY, @ten + INTERVAL 7 DAY, NULL, NULL,
		'출근 전 오십 분. 처음 오는 분도 따라 할 수 있습니다.', @now - INTERVAL 40 DAY),
	(6, '집밥 한 상 차리기', 11, 4, 110000, 'closed', TRUE, 600, @ten - INTERVAL 30 DAY, @ten - INTERVAL 3 DAY, NULL, NULL,
		'국 하나, 반찬 셋. 네 번이면 한 상이 됩니다.', @now - INTERVAL 60 DAY),
	(7, '가야금 산조 입문', 6, 2, 140000, 'draft', FALSE, 600, @ten + INTERVAL 10 DAY, @ten + INTERVAL 24 DAY, NULL, NULL,
		'가야금을 빌려 드립니다.', @now - INTERVAL 5 DAY),
	(8, '생활 일본어 기초', 9, 3, 88000, 'open', TRUE, 600, @ten - INTERVAL 1 DAY, @ten + INTERVAL 18 DAY, NULL, NULL,
		'히라가나부터 인사말까지.', @now - INTERVAL 18 DAY),
	(9, '엑셀로 살림 정리', 12, 3, 54000, 'finished', TRUE, 600, @ten - INTERVAL 120 DAY, @ten - INTERVAL 100 DAY, NULL, NULL,
		'가계부 하나를 끝까지 만들어 봅니다.', @now - INTERVAL 150 DAY);

INSERT INTO course_session (course_id, n, starts_at, ends_at, room)
SELECT k.id, s.seq, @ten + INTERVAL 21 + k.id + s.seq * 7 DAY + INTERVAL k.id HOUR,
	@ten + INTERVAL 21 + k.id + s.seq * 7 DAY + INTERVAL k.id + 2 HOUR, CONCAT(100 + k.id, '호')
FROM course k JOIN seq_1_to_8 s;

UPDATE course k SET starts_on = (SELECT MIN(DATE(starts_at + INTERVAL 9 HOUR)) FROM course_session s WHERE s.course_id = k.id),
	ends_on = (SELECT MAX(DATE(ends_at + INTERVAL 9 HOUR)) FROM course_session s WHERE s.course_id = k.id);

INSERT INTO course_seat (course_id, title, is_open, published, opens_at, closes_at, hold_seconds, capacity, over_at)
SELECT id, title, status = 'open', published, enrol_opens_at, enrol_closes_at, hold_seconds,
	ELT(id, 12, 8, 16, 20, 15, 12, 10, 20, 18), IF(status IN ('finished', 'cancelled'), @now, NULL) FROM course;

-- Seats that were sold: the pottery course is full, with five who wait; the others are filling.
INSERT INTO ticket (course_id, member_id, state, number, joined_at)
SELECT k.id, 100 + s.seq, IF(s.seq <= k.sold, 'enrolled', 'waiting'), s.seq, @now - INTERVAL 2 DAY + INTERVAL s.seq MINUTE
FROM (SELECT 1 AS id, 12 AS sold, 17 AS people UNION SELECT 2, 3, 3 UNION SELECT 3, 9, 9 UNION SELECT 5, 11, 11 UNION SELECT 6, 12, 12) k
JOIN seq_1_to_17 s ON s.seq <= k.people ORDER BY k.id, s.seq;

INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, payment_key, created_at, paid_at)
SELECT CONCAT('mdg-demo-', t.id), t.member_id, t.id, t.course_id, 'toss', k.price, k.price, 'paid', CONCAT('demo_', t.id), t.joined_at, t.joined_at
FROM ticket t JOIN course k ON k.id = t.course_id WHERE t.state = 'enrolled';

INSERT INTO enrolment (course_id, member_id, ticket_id, order_id, paid, created_at)
SELECT t.course_id, t.member_id, t.id, p.order_id, p.amount, t.joined_at FROM ticket t JOIN payment p ON p.ticket_id = t.id;

UPDATE course_seat s SET
	taken = (SELECT COUNT(*) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'enrolled'),
	enrolled = (SELECT COUNT(*) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'enrolled'),
	waiting = (SELECT COUNT(*) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'waiting'),
	last_number = (SELECT COALESCE(MAX(number), 0) FROM ticket t WHERE t.course_id = s.course_id);

-- Terms, and minimum numbers: the exercise course has not got its people yet, and must be decided on.
INSERT INTO term (id, name, starts_on, ends_on, per_member_limit, created_at) VALUES
	(1, '2026 가을 학기', DATE(@now) - INTERVAL 60 DAY, DATE(@now) + INTERVAL 20 DAY, 0, @now - INTERVAL 90 DAY),
	(2, '2026 겨울 학기', DATE(@now) + INTERVAL 21 DAY, DATE(@now) + INTERVAL 100 DAY, 3, @now - INTERVAL 30 DAY);
UPDATE course SET term_id = IF(id IN (6, 9), 1, 2);
UPDATE course SET min_enrolled = 5, decide_on = starts_on - INTERVAL 3 DAY WHERE id IN (2, 4, 5, 8);
UPDATE course SET decide_on = DATE(@ten + INTERVAL 2 DAY) WHERE id = 2;
UPDATE course_seat s JOIN course k ON k.id = s.course_id SET s.term_id = k.term_id, s.per_member_limit = IF(k.term_id = 2, 3, 0);

-- What instructors ask for: twenty to decide (one that the course overtook, one cancellation), and some with a past. Ids from 501.
CREATE TEMPORARY TABLE wish (id BIGINT PRIMARY KEY, course_id BIGINT, kind VARCHAR(8), state VARCHAR(12), hours INT, changes TEXT, note VARCHAR(500))
	DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT INTO wish VALUES
	(501, 1, 'edit', 'submitted', 70, '{"price":135000}', '유약 값이 올라 수강료를 조금 올리고 싶습니다.'),
	(502, 1, 'edit', 'submitted', 66, '{"capacity":14}', '물레 두 대가 더 들어왔습니다. 기다리는 분들을 받고 싶습니다.'),
	(503, 1, 'edit', 'submitted', 61, '{"description":"물레와 손으로 밥그릇, 접시, 작은 화병을 빚습니다. 흙과 유약은 수강료에 들어 있습니다. 앞치마를 가져오세요."}', ''),
	(504, 3, 'edit', 'submitted', 58, '{"sessions":[]}', '한 시간 늦추면 오후 햇살에서 그릴 수 있습니다.'),
	(505, 3, 'edit', 'submitted', 52, '{"price":90000}', '처음 오는 분이 많아 낮추고 싶습니다.'),
	(506, 3, 'edit', 'submitted', 47, '{"title":"주말 수채화: 사계절을 그리다","description":"한 달에 한 계절을 그립니다. 물감과 붓, 종이는 모두 준비되어 있습니다."}', ''),
	(507, 2, 'edit', 'submitted', 44, '{"capacity":10}', '옆 연습실을 함께 쓸 수 있게 되었습니다.'),
	(508, 2, 'edit', 'submitted', 40, '{"description":"악보를 몰라도 시작할 수 있습니다. 한 사람에 피아노 한 대이고, 마지막 시간에 작은 연주회를 엽니다."}', ''),
	(509, 2, 'edit', 'submitted', 36, '{"sessions":[]}', '조율을 마친 피아노실로 옮기고 싶습니다.'),
	(510, 7, 'edit', 'submitted', 33, '{"price":150000}', '악기 대여료가 올랐습니다.'),
	(511, 7, 'status', 'submitted', 32, '{"status":"open"}', '악기가 모두 도착했습니다. 접수를 시작해 주세요.'),
	(512, 4, 'edit', 'submitted', 29, '{"description":"공항에서 시장까지, 꼭 쓰는 말부터 배웁니다. 짝을 지어 묻고 답하는 시간이 절반입니다."}', ''),
	(513, 4, 'edit', 'submitted', 25, '{"price":92000,"capacity":16}', '말할 시간을 늘리려고 인원을 줄입니다.'),
	(514, 4, 'edit', 'submitted', 21, '{"enrol_closes_at":""}', '명절이 끼어 접수를 한 주 늘리고 싶습니다.'),
	(515, 8, 'edit', 'submitted', 18, '{"price":84000}', '교재를 나눠 드리지 않게 되어 낮춥니다.'),
	(516, 8, 'edit', 'submitted', 15, '{"min_enrolled":4}', '네 분만 모여도 열고 싶습니다.'),
	(517, 5, 'status', 'submitted', 11, '{"status":"closed"}', '다음 주부터 공사가 있어 더 받기 어렵습니다.'),
	(518, 5, 'edit', 'submitted', 8, '{"sessions":[]}', '마지막 날은 연수가 있어 한 번 줄입니다.'),
	(519, 5, 'edit', 'submitted', 5, '{"title":"출근 전 아침 요가"}', ''),
	(520, 6, 'delete', 'submitted', 2, '{}', '건강이 나빠져 이번 학기는 쉬어야 합니다. 죄송합니다.'),
	(521, 1, 'edit', 'draft', 20, '{"capacity":16}', '가마를 새로 놓으면 보내려고 합니다.'),
	(522, 3, 'edit', 'rejected', 90, '{"price":60000}', ''),
	(523, 4, 'edit', 'completed', 120, '{"title":"여행 영어 회화"}', '이름을 짧게 바꿔 주세요.'),
	(524, 2, 'edit', 'approved', 30, '{"title":"어른의 피아노 첫걸음"}', ''),
	(525, 8, 'edit', 'withdrawn', 60, '{"capacity":24}', ''),
	(526, 5, 'edit', 'stale', 80, '{"price":69000}', '봄맞이로 낮추고 싶습니다.');

INSERT INTO change_request (id, course_id, instructor_id, member_id, kind, state, base_version, base, changes, n_fields, `sensitive`, print, note,
	created_at, submitted_at)
SELECT w.id, w.course_id, k.instructor_id, i.member_id, w.kind, w.state, k.version,
	CONCAT('{', CONCAT_WS(',' COLLATE utf8mb4_unicode_ci, IF(JSON_EXISTS(w.changes, '$.title'), CONCAT('"title":', JSON_QUOTE(k.title)), NULL),
		IF(JSON_EXISTS(w.changes, '$.price'), CONCAT('"price":', k.price), NULL),
		IF(JSON_EXISTS(w.changes, '$.capacity'), CONCAT('"capacity":', s.capacity), NULL),
		IF(JSON_EXISTS(w.changes, '$.min_enrolled'), CONCAT('"min_enrolled":', k.min_enrolled), NULL),
		IF(JSON_EXISTS(w.changes, '$.enrol_closes_at'), CONCAT('"enrol_closes_at":"', DATE_FORMAT(k.enrol_closes_at, '%Y-%m-%dT%H:%i:%sZ'), '"'), NULL),
		IF(JSON_EXISTS(w.changes, '$.description'), CONCAT('"description":', JSON_QUOTE(k.description)), NULL),
		IF(JSON_EXISTS(w.changes, '$.status') OR w.kind = 'delete', CONCAT('"status":"', k.status, '"'), NULL)), '}'),
	IF(w.id = 514, CONCAT('{"enrol_closes_at":"', DATE_FORMAT(k.enrol_closes_at + INTERVAL 7 DAY, '%Y-%m-%dT%H:%i:%sZ'), '"}'), w.changes),
	GREATEST(1, JSON_LENGTH(w.changes)),
	w.kind <> 'edit' OR JSON_EXISTS(w.changes, '$.price') OR JSON_EXISTS(w.changes, '$.capacity') OR JSON_EXISTS(w.changes, '$.sessions'),
	UNHEX(SHA2(CONCAT('demo', w.id), 256)), w.note, @now - INTERVAL w.hours HOUR, IF(w.state = 'draft', NULL, @now - INTERVAL w.hours HOUR)
FROM wish w JOIN course k ON k.id = w.course_id JOIN instructor i ON i.id = k.instructor_id JOIN course_seat s ON s.course_id = k.id;

-- Timetables: an hour later; another room; without the last one.
UPDATE change_request r JOIN (SELECT course_id,
		JSON_ARRAYAGG(JSON_OBJECT('starts_at', DATE_FORMAT(starts_at, '%Y-%m-%dT%H:%i:%sZ'), 'ends_at', DATE_FORMAT(ends_at, '%Y-%m-%dT%H:%i:%sZ'),
			'room', room) ORDER BY n) AS was,
		JSON_ARRAYAGG(JSON_OBJECT('starts_at', DATE_FORMAT(starts_at + INTERVAL course_id = 3 HOUR, '%Y-%m-%dT%H:%i:%sZ'),
			'ends_at', DATE_FORMAT(ends_at + INTERVAL course_id = 3 HOUR, '%Y-%m-%dT%H:%i:%sZ'),
			'room', IF(course_id = 2 AND n > 2, '피아노실', room)) ORDER BY n) AS will
	FROM course_session GROUP BY course_id) s ON s.course_id = r.course_id
SET r.base = CONCAT('{"sessions":', s.was, '}'),
	r.changes = IF(r.id = 518, JSON_REMOVE(CONCAT('{"sessions":', s.will, '}'), '$.sessions[7]'), CONCAT('{"sessions":', s.will, '}'))
WHERE r.id IN (504, 509, 518);

-- The price of the Japanese course was raised after its teacher had asked for another; that of the yoga course was too.
UPDATE course SET version = version + 1 WHERE id IN (5, 8);
UPDATE change_request SET base = '{"price":80000}' WHERE id = 515;
UPDATE change_request SET base = '{"price":70000}' WHERE id = 526;
UPDATE change_request SET base = '{"title":"여행에서 바로 쓰는 영어 회화"}', was = base, applied_version = 1, decided_at = @now - INTERVAL 110 HOUR, decided_by = 2,
	completed_at = @now - INTERVAL 100 HOUR WHERE id = 523;
UPDATE change_request SET reason = '재료비보다 낮은 금액입니다. 9만 원 안팎으로 다시 보내 주세요.', decided_at = @now - INTERVAL 80 HOUR, decided_by = 2 WHERE id = 522;
UPDATE change_request SET decided_at = @now - INTERVAL 10 HOUR, decided_by = 1 WHERE id = 524;

INSERT INTO change_step (request_id, n, at, member_id, state, reason)
SELECT id, 1, created_at, member_id, IF(state = 'draft', 'draft', 'submitted'), note FROM change_request;
INSERT INTO change_step (request_id, n, at, member_id, state, reason)
SELECT id, 2, COALESCE(decided_at, created_at + INTERVAL 6 HOUR), COALESCE(decided_by, IF(state = 'stale', 2, member_id)),
	IF(state = 'completed', 'approved', state), reason
FROM change_request WHERE state NOT IN ('draft', 'submitted');
INSERT INTO change_step (request_id, n, at, member_id, state) SELECT id, 3, completed_at, 2, 'completed' FROM change_request WHERE state = 'completed';
DROP TEMPORARY TABLE wish;

-- Refunds: one that has gone back, one in part, and one of cash that waits for a person. The gateway's books know what was paid.
INSERT INTO refund_policy (id, name, about, created_at) VALUES (2, '2026년 규정', '개강 이틀 전까지는 전액, 수업이 시작된 뒤에도 처음 한 주는 넉넉히 돌려드립니다.', @now - INTERVAL 200 DAY);
INSERT INTO refund_step (policy_id, n, basis, bound, percent) VALUES (2, 1, 'days_before', 2, 100), (2, 2, 'days_before', 0, 90), (2, 3, 'share_held', 25, 75);
UPDATE enrolment SET policy_id = 2;
SET @gone = (SELECT MAX(id) FROM ticket WHERE course_id = 3 AND state = 'enrolled'), @cash = (SELECT MAX(id) FROM ticket WHERE course_id = 5 AND state = 'enrolled'),
	@part = (SELECT MIN(id) FROM ticket WHERE course_id = 5 AND state = 'enrolled');
UPDATE ticket SET state = 'cancelled', ended_at = @now - INTERVAL 1 DAY WHERE id IN (@gone, @cash);
UPDATE course_seat SET taken = taken - 1, enrolled = enrolled - 1 WHERE course_id IN (3, 5);
UPDATE enrolment SET status = 'cancelled', cancelled_at = @now - INTERVAL 1 DAY, cancel_reason = '일정이 바뀌었습니다' WHERE ticket_id IN (@gone, @cash);
UPDATE enrolment SET source = 'desk' WHERE ticket_id = @cash;
UPDATE payment SET promised = approved WHERE ticket_id IN (@gone, @cash);
UPDATE payment SET returned = approved, status = 'returned' WHERE ticket_id = @gone;
UPDATE payment SET gateway = 'desk', method = 'cash', payment_key = NULL WHERE ticket_id = @cash;
UPDATE payment SET promised = 10000, returned = 10000 WHERE ticket_id = @part;
INSERT INTO refund (payment_id, enrolment_id, member_id, amount, kind, reason_code, reason, note, by_hand, state, by_member_id, created_at, done_at)
SELECT p.id, e.id, p.member_id, p.promised, IF(p.ticket_id = @gone, 'member', 'staff'),
	ELT(FIELD(p.ticket_id, @gone, @cash, @part), 'changed_mind', 'moved', 'mistake'), ELT(FIELD(p.ticket_id, @gone, @cash, @part), '일정이 바뀌었습니다', '이사', '재료비를 두 번 받음'),
	IF(p.ticket_id = @part, '재료비를 돌려드립니다', ''), p.ticket_id = @cash, IF(p.ticket_id = @cash, 'by_hand', 'done'),
	IF(p.ticket_id = @gone, p.member_id, (SELECT id FROM member WHERE email = 'operator@madang.example')), @now - INTERVAL 1 DAY,
	IF(p.ticket_id = @cash, NULL, @now - INTERVAL 1 DAY + INTERVAL 2 SECOND)
FROM payment p JOIN enrolment e ON e.order_id = p.order_id WHERE p.ticket_id IN (@gone, @cash, @part);
INSERT IGNORE INTO madang_pg.pgsim_payment (payment_key, order_id, amount, approved, balance, status, secret, requested_at, approved_at)
SELECT payment_key, order_id, amount, approved, approved - returned, CASE returned WHEN 0 THEN 'DONE' WHEN approved THEN 'CANCELED' ELSE 'PARTIAL_CANCELED' END,
	'demo', created_at, paid_at FROM payment WHERE gateway = 'toss' AND payment_key LIKE 'demo\_%';

-- A cooking course that is under way: two of its eight sessions have been held, and who was there is noted. Who leaves now gets a part.
UPDATE course_session SET starts_at = @ten - INTERVAL 17 DAY + INTERVAL n * 7 DAY + INTERVAL 6 HOUR, ends_at = @ten - INTERVAL 17 DAY + INTERVAL n * 7 DAY + INTERVAL 8 HOUR
WHERE course_id = 6;
UPDATE course k SET starts_on = (SELECT MIN(DATE(starts_at + INTERVAL 9 HOUR)) FROM course_session s WHERE s.course_id = k.id),
	ends_on = (SELECT MAX(DATE(ends_at + INTERVAL 9 HOUR)) FROM course_session s WHERE s.course_id = k.id),
	enrol_opens_at = @ten - INTERVAL 45 DAY, enrol_closes_at = @ten - INTERVAL 15 DAY WHERE id = 6;
UPDATE course_seat SET opens_at = @ten - INTERVAL 45 DAY, closes_at = @ten - INTERVAL 15 DAY WHERE course_id = 6;
UPDATE ticket SET joined_at = joined_at - INTERVAL 20 DAY WHERE course_id = 6;
UPDATE payment SET created_at = created_at - INTERVAL 20 DAY, paid_at = paid_at - INTERVAL 20 DAY WHERE course_id = 6;
UPDATE enrolment SET created_at = created_at - INTERVAL 20 DAY WHERE course_id = 6;
INSERT INTO attendance (session_id, enrolment_id, state, noted_at, noted_by)
SELECT s.id, e.id, CASE (e.id * 5 + s.n * 3) % 9 WHEN 0 THEN 'absent' WHEN 4 THEN 'late' WHEN 7 THEN IF(s.n = 2, 'excused', 'present') ELSE 'present' END,
	s.ends_at, (SELECT i.member_id FROM course k JOIN instructor i ON i.id = k.instructor_id WHERE k.id = 6)
FROM course_session s JOIN enrolment e ON e.course_id = s.course_id AND e.status = 'active' WHERE s.course_id = 6 AND s.n <= 2;
