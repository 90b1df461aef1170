"""The recorded history of a run: a file with one JSON object in each line. The checker reads nothing else of a run.

	{"k": "run", ...}        the first line: what was meant to happen (seed, mode, courses, members and what each meant to do)
	{"k": "op", ...}         one operation of a member, from its first sending to its answer:
	                         op, m (member), key, t0, t1 (nanoseconds), tries, before (what came at earlier tries), status
	                         (null: never answered), code, body
	{"k": "event", ...}      one event on a member's stream: m, t, event, seq, type, data
	{"k": "stream", ...}     m, t, what: opened (status), broken, cut
	{"k": "seen", ...}       one look at a course's rows: course, capacity, taken, enrolled, waiting, held, sold, first_waiting, last_offered
	{"k": "listed", ...}     what GET notifications gave a member at the end
	{"k": "kill", ...}       t, part, pid
	{"k": "quiet", ...}      the end: whether the system came to rest in time, and after how long
"""
import json


class History:
    def __init__(self, path):
        self.path, self.lines = path, []
        self.file = open(path, "w", encoding="utf-8")

    def add(self, kind, **what):
        self.lines.append(json.dumps({"k": kind, **what}, ensure_ascii=False, separators=(",", ":")))
        if len(self.lines) >= 2000:
            self.flush()

    def flush(self):
        if self.lines:
            self.file.write("\n".join(self.lines) + "\n")
            self.file.flush()
            self.lines = []

    def close(self):
        self.flush()
        self.file.close()


def read(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]
