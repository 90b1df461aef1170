"""The rows of a report: what was measured, against which bar, and whether it holds. Written as JSON and as a table."""
import json
import os
import platform
import statistics
import subprocess
import time

HEAD = ["part", "what", "bar", "measured", "against", "ratio", ""]


def short(n):
    """A number as people read it."""
    if n is None:
        return ""
    if isinstance(n, str):
        return n
    if abs(n) >= 1000:
        return f"{n:,.0f}"
    return f"{n:.3g}" if abs(n) < 10 else f"{n:.1f}"


def median(values):
    return statistics.median(values)


def median_ratio(tops, bottoms):
    """The median of the rounds' own ratios: what disturbs a round disturbs both of its sides."""
    return statistics.median(a / b for a, b in zip(tops, bottoms) if b)


class Table:
    def __init__(self, house):
        self.house, self.rows, self.part, self.remarks = house, [], "", []

    def add(self, what, value, unit="", bar="", against=None, ratio=None, holds=None, note="", **more):
        """holds None: for information, no bar."""
        row = {"part": self.part, "what": what, "bar": bar, "value": value, "unit": unit, "against": against, "ratio": ratio,
               "holds": holds, "note": note, **more}
        self.rows.append(row)
        print("  " + self.line(row), flush=True)
        return row

    def refuse(self, why):
        self.add("not measured", None, holds=False, note=why)

    def disturbed(self, why):
        for row in self.rows:
            if row["part"] == self.part:
                row["disturbed"] = why
        self.remarks.append(f"{self.part}: {why}")
        print(f"  ! {why}", flush=True)

    @staticmethod
    def cells(row):
        value = f"{short(row['value'])} {row['unit']}".strip()
        verdict = {True: "pass", False: "FAIL", None: "-"}[row["holds"]]
        if row.get("disturbed"):
            verdict += " (disturbed)"
        what = row["what"] + (f" ({row['note']})" if row["note"] else "")
        return [row["part"], what, row["bar"], value, short(row["against"]), "" if row["ratio"] is None else f"{row['ratio']:.2f}", verdict]

    def line(self, row):
        part, what, bar, value, against, ratio, verdict = self.cells(row)
        words = [f"{verdict:5} {what}: {value}"]
        if against:
            words.append(f"against {against}")
        if ratio:
            words.append(f"ratio {ratio}")
        if bar:
            words.append(f"[bar: {bar}]")
        return "  ".join(words)

    def about(self):
        model = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
        commit = subprocess.run(["git", "-C", str(self.house.root), "describe", "--always", "--dirty"], capture_output=True, text=True)
        return {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": os.cpu_count(),
                "cpu": model[0] if model else platform.machine(), "kernel": platform.release(), "commit": commit.stdout.strip()}

    def write(self):
        about = self.about()
        (self.house.work / "report.json").write_text(json.dumps({"about": about, "rows": self.rows}, indent=1, ensure_ascii=False) + "\n")
        lines = [f"Measured {about['at']} on {about['cores']} cores ({about['cpu']}), load generators on the same machine, commit "
                 f"{about['commit'] or 'unknown'}. Rates are medians of interleaved rounds, ratios are medians of the rounds' own ratios.", "",
                 "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
        lines += ["| " + " | ".join(self.cells(row)) + " |" for row in self.rows]
        lines += [f"\n{remark}" for remark in self.remarks]
        (self.house.work / "report.md").write_text("\n".join(lines) + "\n")

    def counts(self):
        return sum(r["holds"] is True for r in self.rows), sum(r["holds"] is False for r in self.rows)
