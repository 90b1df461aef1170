"""Looks at the seats and queues of a run's courses many times a second, each time in one statement, so in one snapshot
of the database. What it sees goes into the history; tickets that hold a seat are told to the crowd."""
import asyncio
import time

from house import Database, Down
from wire import now

LOOK = """
SELECT s.course_id, s.capacity, s.taken, s.enrolled, s.waiting, s.last_number,
	(SELECT COUNT(*) FROM ticket t WHERE t.course_id = s.course_id AND t.state IN ('active', 'paying')),
	(SELECT COUNT(*) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'enrolled'),
	(SELECT COUNT(*) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'waiting' AND t.number IS NOT NULL),
	(SELECT MIN(t.number) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'waiting'),
	(SELECT MAX(t.number) FROM ticket t WHERE t.course_id = s.course_id AND t.state IN ('active', 'paying', 'enrolled', 'expired')),
	(SELECT GROUP_CONCAT(t.id) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'active'),
	(SELECT COUNT(*) FROM ticket t WHERE t.course_id = s.course_id AND t.state = 'waiting' AND t.number IS NULL)
FROM course_seat s WHERE s.course_id IN ({courses})"""

NAMES = ("course", "capacity", "taken", "enrolled", "counted", "last_number", "held", "sold", "waiting", "first_waiting", "last_offered")

REST = """
SELECT (SELECT COUNT(*) FROM payment WHERE course_id IN ({courses}) AND status IN ('in_flight', 'unknown', 'returning')),
	(SELECT COUNT(*) FROM ticket WHERE course_id IN ({courses}) AND (state IN ('active', 'paying') OR (state = 'waiting' AND number IS NULL))),
	(SELECT COUNT(*) FROM ticket t JOIN course_seat s ON s.course_id = t.course_id
	 WHERE t.course_id IN ({courses}) AND t.state = 'waiting' AND s.taken < s.capacity),
	(SELECT COUNT(*) FROM outbox)"""


class Watch:
    def __init__(self, conf, history, crowd, courses):
        self.db, self.history, self.crowd = Database(conf), history, crowd
        self.courses = ",".join(map(str, courses))
        self.last, self.looks, self.blind = {}, 0, 0

    async def rows(self, sql):
        return await asyncio.get_running_loop().run_in_executor(None, self.db.rows, sql.format(courses=self.courses))

    async def look(self):
        t = now()
        for row in await self.rows(LOOK):
            seen = dict(zip(NAMES, (None if x is None else int(x) for x in row[:11])))
            if self.last.get(seen["course"]) != seen:
                self.last[seen["course"]] = seen
                self.history.add("seen", t=t, **seen)
            for ticket in (row[11] or "").split(","):
                if ticket:
                    self.crowd.tell(int(ticket))
        self.looks += 1

    async def run(self, pause=0.05):
        while True:
            try:
                await self.look()
                await asyncio.sleep(pause)
            except Down:
                self.blind += 1
                await asyncio.sleep(0.2)

    async def at_rest(self):
        """Nothing is under way any more: (True, "") or (False, why)."""
        if self.crowd.busy():
            return False, f"{self.crowd.busy()} members are in the middle of something"
        try:
            money, tickets, stuck, events = (int(x) for x in (await self.rows(REST))[0])
        except Down as e:
            return False, f"database: {e}"
        words = [(money, "payments are open"), (tickets, "tickets are held or have no number yet"), (stuck, "tickets wait although seats are free"),
                 (events, "events have not left yet")]
        return not any(n for n, _ in words), ", ".join(f"{n} {w}" for n, w in words if n)

    async def rest(self, seconds):
        """Waits for rest, twice in a row, at most so long; writes down whether it came."""
        began, calm, why = time.monotonic(), 0, ""
        while calm < 2 and time.monotonic() - began < seconds:
            quiet, why = await self.at_rest()
            calm = calm + 1 if quiet else 0
            await asyncio.sleep(0.25)
        self.history.add("quiet", reached=calm >= 2, seconds=round(time.monotonic() - began, 1), why=why)
        return calm >= 2
