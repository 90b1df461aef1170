"""A centre that has been open for years: a database of its own with 100,000 members, 100,000 courses, and a million
enrolments, served by a pool of its own behind an nginx of the same make as the running system's."""
import os
import subprocess

from front import Peer, wait_for
from house import Client

DATABASE = "madang_test_centre"
MEMBERS, COURSES, ENROLMENTS, REQUESTS = 100_000, 100_000, 1_000_000, 20_000
FIRST = 1_000_000        # ids of what is made here begin above it

FAMILY = "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 전 홍".split()
GIVEN = "서연 민준 하윤 도현 지우 예준 수아 시우 다은 주원 채원 은호 가람 보람 새롬 한결 나래 슬기 바다 이든".split()
WHEN = "아침 주말 저녁 평일 새벽 방과후 여름 겨울 한낮 목요일".split()
WHO = "처음 어린이 성인 부모와 시니어 직장인 청소년 입문 심화 온가족".split()
WHAT = ("도자기 수채화 피아노 가야금 영어회화 일본어 요가 필라테스 집밥 제과제빵 사진 서예 캘리그라피 바느질 재봉틀 목공 우쿨렐레 기타 합창 "
        "판소리 민화 꽃꽂이 가죽공예 뜨개질 드론 코딩 엑셀 글쓰기 독서토론 한국사").split()
HOW = "교실 마당 모임 작업실 기초반 연습실 탐구 첫걸음 한걸음 이야기".split()


def elt(words, number):
    quoted = ", ".join(f"'{w}'" for w in words)
    return f"ELT(1 + {number} % {len(words)}, {quoted})"


FILL = f"""
SET SESSION foreign_key_checks = 0, unique_checks = 0;
SET @now = UTC_TIMESTAMP(6);
INSERT INTO member (id, email, name, phone, roles, status, created_at)
    SELECT {FIRST} + seq, CONCAT('centre', seq, '@bench.example'), CONCAT({elt(FAMILY, 'seq')}, {elt(GIVEN, 'seq DIV 7')}),
    CONCAT('010', LPAD(seq * 7919 % 100000000, 8, '0')), 1, 'active', @now - INTERVAL seq MINUTE FROM seq_1_to_{MEMBERS};
INSERT INTO instructor (id, member_id, name, created_at)
    SELECT {FIRST} + seq, {FIRST} + seq, CONCAT({elt(FAMILY, 'seq')}, {elt(GIVEN, 'seq DIV 3')}), @now FROM seq_1_to_500;
INSERT INTO course (id, title, category_id, instructor_id, price, status, published, hold_seconds, enrol_opens_at, enrol_closes_at, starts_on, ends_on,
    description, created_at)
    SELECT {FIRST} + seq, CONCAT({elt(WHEN, 'seq')}, ' ', {elt(WHO, 'seq DIV 10')}, ' ', {elt(WHAT, 'seq * 7 DIV 100')}, ' ',
    {elt(HOW, 'seq * 13 DIV 1000')}, ' ', 1 + seq % 40, '기'), 1 + seq % 12, {FIRST} + 1 + seq % 500, 1000 * (30 + seq % 200),
    ELT(1 + seq % 8, 'open', 'open', 'closed', 'finished', 'finished', 'finished', 'cancelled', 'draft'), seq % 8 <> 7, 600,
    @now - INTERVAL seq MINUTE, @now + INTERVAL 30 DAY, CURRENT_DATE + INTERVAL seq % 90 DAY, CURRENT_DATE + INTERVAL 60 + seq % 90 DAY,
    CONCAT({elt(WHAT, 'seq')}, '와 함께하는 ', {elt(HOW, 'seq')}, '입니다. ', {elt(GIVEN, 'seq')}, ' 선생님이 ', {elt(WHEN, 'seq DIV 3')}, '마다 이끕니다.'),
    @now - INTERVAL seq MINUTE FROM seq_1_to_{COURSES};
INSERT INTO course_session (course_id, n, starts_at, ends_at, room)
    SELECT {FIRST} + 1 + (s.seq - 1) DIV 4, 1 + s.seq % 4, @now + INTERVAL s.seq HOUR, @now + INTERVAL s.seq + 1 HOUR,
    CONCAT(100 + s.seq % 300, '호') FROM seq_1_to_{COURSES * 4} s;
INSERT INTO course_seat (course_id, title, is_open, published, opens_at, closes_at, hold_seconds, capacity, taken, enrolled, last_number, over_at)
    SELECT id, title, status = 'open', published, enrol_opens_at, enrol_closes_at, 600, 20, {ENROLMENTS // COURSES}, {ENROLMENTS // COURSES},
    {ENROLMENTS // COURSES}, IF(status IN ('finished', 'cancelled'), @now - INTERVAL 30 DAY, NULL) FROM course WHERE id > {FIRST};
INSERT INTO ticket (id, course_id, member_id, state, number, joined_at)
    SELECT {FIRST} + seq, {FIRST} + 1 + (seq - 1) DIV 10, {FIRST} + 1 + (seq * 7919) % {MEMBERS}, 'enrolled', 1 + (seq - 1) % 10,
    @now - INTERVAL seq SECOND FROM seq_1_to_{ENROLMENTS};
INSERT INTO payment (id, order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, payment_key, created_at, paid_at)
    SELECT t.id, CONCAT('mdg-centre-', t.id), t.member_id, t.id, t.course_id, 'toss', 50000, 50000, 'paid', CONCAT('centre_', t.id),
    t.joined_at, t.joined_at FROM ticket t WHERE t.id > {FIRST};
INSERT INTO enrolment (id, course_id, member_id, ticket_id, order_id, paid, status, created_at)
    SELECT t.id, t.course_id, t.member_id, t.id, CONCAT('mdg-centre-', t.id), 50000, IF(t.id % 20 = 0, 'cancelled', 'active'), t.joined_at
    FROM ticket t WHERE t.id > {FIRST};
INSERT INTO staff_log (at, member_id, action, object_type, object_id, before_json, after_json, reason)
    SELECT @now - INTERVAL seq SECOND, 2, ELT(1 + seq % 3, 'course.edit', 'course.status', 'member.look'), ELT(1 + seq % 2, 'course', 'member'),
    {FIRST} + seq % 1000, '{{}}', '{{}}', '측정' FROM seq_1_to_100000;
INSERT INTO change_request (course_id, instructor_id, member_id, kind, state, base_version, base, changes, print, created_at, submitted_at)
    SELECT {FIRST} + 1 + seq, {FIRST} + 1 + seq % 500, {FIRST} + 1 + seq % 500, 'edit',
    ELT(1 + seq % 10, 'submitted', 'approved', 'rejected', 'withdrawn', 'completed', 'completed', 'completed', 'completed', 'stale', 'draft'), 1,
    '{{"title":"옛 이름"}}', CONCAT('{{"title":"새 이름 ', seq, '"}}'), UNHEX(SHA2(seq, 256)), @now - INTERVAL seq MINUTE, @now - INTERVAL seq MINUTE
    FROM seq_1_to_{REQUESTS};
"""
ANALYZE = "ANALYZE TABLE member, instructor, course, course_session, course_seat, ticket, payment, enrolment, staff_log, change_request, course_text, course_gram"


class Centre(Peer):
    """Made once, and kept until the migrations change; `with` starts its pool and nginx."""

    def __init__(self, house):
        super().__init__(house, "kept", "centre")

    def environment(self):
        return dict(os.environ, MADANG_CONFIG=str(self.var / "madang.conf"))

    def _config(self):
        wanted = {"db_name": DATABASE, "web_socket": os.path.join(self.run, "web.sock"), "run_dir": self.run}
        lines = (self.house.var / "madang.conf").read_text().splitlines()
        out = [f"{name} = {wanted[name]}" if (name := line.split("=")[0].strip()) in wanted else line for line in lines]
        (self.var / "madang.conf").write_text("\n".join(out) + "\n")

    def _made_of(self):
        """What the database was made of: migrations and this file."""
        files = sorted((self.house.root / "sql").rglob("*.sql")) + [self.house.root / "tests/bench/centre.py"]
        return subprocess.run(["sha256sum", *files], capture_output=True, text=True, check=True, cwd=self.house.root).stdout

    def _madang(self, *words):
        subprocess.run([self.house.program, *words], env=self.environment(), check=True, stdout=subprocess.DEVNULL)

    def fill(self):
        mark = self.var / "made-of"
        if mark.exists() and mark.read_text() == self._made_of():
            self._madang("search")          # what is indexed may have changed with the program
            return
        mark.unlink(missing_ok=True)
        print("  a centre with a million enrolments is made (once)", flush=True)
        self.house.sql(f"DROP DATABASE IF EXISTS {DATABASE}", "")
        self._madang("migrate")
        self._madang("demo")
        self.house.sql(FILL, DATABASE)
        self._madang("search", "--rebuild")
        self.house.sql(ANALYZE, DATABASE)
        mark.write_text(self._made_of())

    def _start_worker(self):
        self._config()
        self.fill()
        self.worker = subprocess.Popen([self.house.program, "serve", "--pool", "web"], env=self.environment(), stderr=subprocess.DEVNULL)
        path = os.path.join(self.run, "web.sock")
        wait_for("the centre's pool", lambda: os.path.exists(path) or self.worker.poll() is not None)

    def sql(self, text):
        return self.house.sql(text, DATABASE)

    def login(self, who):
        answer = Client(self.to).post("/api/v1/auth/login", {"email": f"{who}@madang.example", "password": "madang-demo-1234"})
        return answer.expect(200)["access_token"]
