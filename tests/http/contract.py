"""What the program says about itself, and whether an answer keeps to it: routes, the API document, security headers."""
import datetime
import json
import re

SECURITY_HEADERS = {
    "strict-transport-security": re.compile(r"max-age=\d{8}"),
    "x-content-type-options": re.compile(r"^nosniff$"),
    "referrer-policy": re.compile(r"^strict-origin-when-cross-origin$|^no-referrer$|^same-origin$"),
    "x-frame-options": re.compile(r"^DENY$"),
    "content-security-policy": re.compile(r"frame-ancestors 'none'"),
}
# What nginx or the router says before a route is known, or instead of it.
ANYWHERE = {(404, "not_found"), (405, "method_not_allowed"), (400, "not_readable"), (413, "too_large"), (414, "address_too_long"),
            (431, "headers_too_large"), (400, "https_only"), (501, "encoding_unknown"), (505, "http_version_unknown"), (503, "unavailable")}


class Twice(ValueError):
    """A JSON object that has a name twice."""


def no_twice(pairs):
    d = dict(pairs)
    if len(d) != len(pairs):
        raise Twice("a member stands there twice")
    return d


def parse(body):
    return json.loads(body.decode("utf-8"), object_pairs_hook=no_twice)


class Route:
    def __init__(self, d, operation):
        self.__dict__.update(d)
        self.operation = operation
        self.name = f"{self.method} {self.path}"
        self.codes = {(f["status"], f["code"]) for f in d["fails"]}
        self.pattern = re.compile(re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(self.path)) + r"\Z")
        self.called = self.succeeded = 0

    def parameters(self, where):
        return [p for p in self.operation.get("parameters", []) if p.get("in") == where] if self.operation else []

    def body_schema(self):
        content = (self.operation or {}).get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def fill(self, **values):
        """The path with its names filled in; an id that nobody has unless said."""
        return re.sub(r"\{([a-z_]+)\}", lambda m: str(values.get(m[1], "999999999")), self.path)


class Contract:
    def __init__(self, document, routes):
        self.document = document
        self.routes = []
        for d in routes:
            operation = document["paths"].get(d["path"], {}).get(d["method"].lower()) if d["documented"] else None
            self.routes.append(Route(d, operation))
        self.titles = {}        # code -> language -> title

    def documented(self):
        return [r for r in self.routes if r.documented]

    def find(self, method, path):
        method = "GET" if method == "HEAD" else method
        hits = [r for r in self.routes if r.method == method and r.pool != "pg" and r.pattern.match(path)]
        return min(hits, key=lambda r: r.path.count("{"), default=None)

    def resolve(self, ref):
        at = self.document
        for part in ref.removeprefix("#/").split("/"):
            at = at[part]
        return at

    # ---- JSON Schema, as much of it as the document uses ----

    def wrongs(self, schema, value, at="$", closed=True):
        """Words for all that is wrong. closed: members that the schema doesn't name are wrong."""
        out = []
        if "$ref" in schema:
            out += self.wrongs(self.resolve(schema["$ref"]), value, at, closed)
            closed = False
        if "anyOf" in schema:
            if all(self.wrongs(s, value, at, closed) for s in schema["anyOf"]):
                out.append(f"{at}: {json.dumps(value)[:80]} fits none of the alternatives")
        types = schema.get("type")
        if types is not None:
            types = types if isinstance(types, list) else [types]
            if not any(is_of(value, t) for t in types):
                return out + [f"{at}: {json.dumps(value)[:80]} is not {' or '.join(types)}"]
        if "enum" in schema and value not in schema["enum"]:
            out.append(f"{at}: {value!r} is none of {schema['enum']}")
        if isinstance(value, dict):
            out += self.wrong_members(schema, value, at, closed)
        elif isinstance(value, list) and "items" in schema:
            for i, v in enumerate(value):
                out += self.wrongs(schema["items"], v, f"{at}[{i}]", closed)
        elif value is not None:
            out += wrong_scalar(schema, value, at)
        return out

    def wrong_members(self, schema, value, at, closed):
        known = schema.get("properties", {})
        out = [f"{at}.{name} is missing" for name in schema.get("required", []) if name not in value]
        for name, v in value.items():
            if name in known:
                out += self.wrongs(known[name], v, f"{at}.{name}", closed)
            elif "properties" in schema and closed:
                out.append(f"{at}.{name} is not declared")
        return out

    # ---- answers ----

    def check(self, method, path, reply):
        """Words for all in which this answer does not keep to the contract."""
        route = self.find(method, path)
        if route:
            route.called += 1
        out = self.check_headers(reply)
        if reply.status >= 500 and reply.status != 503:
            out.append(f"status {reply.status}")
        if reply.status >= 400:
            out += self.check_problem(route, path, method, reply)
        elif route:
            route.succeeded += 1
            out += self.check_success(route, method, reply) + self.check_items(route, reply)
        return [f"{method} {path} -> {reply.status}: {words}" for words in out]

    def check_items(self, route, reply):
        """Of many at once, each result's code is one that the route's line says."""
        results = reply.json.get("results") if isinstance(reply.json, dict) else None
        codes = {r["code"] for r in results or [] if isinstance(r, dict) and r.get("code")}
        return [f"the items' codes {sorted(codes - set(route.item_codes))} are not declared"] if codes - set(route.item_codes) else []

    def check_headers(self, reply):
        out = [f"{name}: {reply.headers.get(name)!r}" for name, good in SECURITY_HEADERS.items()
               if not good.search(reply.headers.get(name, ""))]
        if reply.server_names():
            out.append(f"says what serves it: {reply.server_names()}")
        if len(reply.headers.get("x-request-id", "")) < 16:
            out.append(f"X-Request-Id: {reply.headers.get('x-request-id')!r}")
        return out

    def check_problem(self, route, path, method, reply):
        if not path.startswith(("/api/", "/sandbox/", "/healthz", "/readyz")):
            good = "text/html" in reply.headers.get("content-type", "")
            return [] if good else ["a page's trouble is a page"]
        if reply.headers.get("content-type", "").split(";")[0] != "application/problem+json":
            return [f"Content-Type {reply.headers.get('content-type')!r}"]
        if method == "HEAD":
            return []
        try:
            d = parse(reply.body)
        except ValueError as e:
            return [f"no JSON: {e}: {reply.body[:200]!r}"]
        out = self.wrongs(self.document["components"]["schemas"]["Problem"], d)
        if out:
            return out
        if d["status"] != reply.status:
            out.append(f"says status {d['status']}")
        if d["request_id"] != reply.headers.get("x-request-id"):
            out.append(f"request_id {d['request_id']!r}, X-Request-Id {reply.headers.get('x-request-id')!r}")
        if not d["type"].endswith("#" + d["code"]):
            out.append(f"type {d['type']!r} for code {d['code']!r}")
        if d["title"] in ("", f"problem.{d['code']}") or any(e["message"] in ("", f"field.{e['code']}") for e in d.get("errors", [])):
            out.append(f"no words for {d['code']}: {d['title']!r} {d.get('errors')}")
        if (reply.status, d["code"]) not in (ANYWHERE | (route.codes if route else set())):
            out.append(f"the code {d['code']} is not declared")
        if "%00" not in path:      # nginx stops there, before it has read which language is wanted
            self.titles.setdefault(d["code"], {})[reply.language] = d["title"]
        return out

    def check_success(self, route, method, reply):
        kind = reply.headers.get("content-type", "").split(";")[0]
        if reply.status == 304:
            return []
        if route.page:
            if reply.status in (200, 303) and (reply.status == 303 or kind == "text/html"):
                return [] if b"{{" not in reply.body else ["a template's braces are left"]
            if reply.status == 200 and reply.headers.get("content-disposition", "").startswith("attachment;"):
                return []
            return [f"a page answers with {reply.status} {kind}"]
        if reply.status != route.status:
            return [f"the line says {route.status}"]
        if route.stream:
            return [] if kind == "text/event-stream" else [f"Content-Type {kind}"]
        if reply.status in (204, 303):
            return [] if reply.body == b"" else ["a body where there is none"]
        if not route.operation or method == "HEAD":
            return []
        schema = route.operation["responses"][str(reply.status)].get("content", {}).get("application/json", {}).get("schema")
        if not schema:
            return []
        if kind != "application/json":
            return [f"Content-Type {kind}"]
        try:
            out = self.wrongs(schema, parse(reply.body))
        except ValueError as e:
            return [f"no JSON: {e}"]
        named = schema.get("$ref") and self.resolve(schema["$ref"]).get("properties", {})
        if named and "version" in named and not re.match(r'^"\d+"$', reply.headers.get("etag", "")):
            out.append(f"ETag {reply.headers.get('etag')!r} on something with a version")
        return out


def is_of(value, name):
    return {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "null": value is None,
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
    }[name]


def wrong_scalar(schema, value, at):
    out = []
    kind = schema.get("format")
    if kind == "date-time" and not re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", value):
        out.append(f"{at}: {value!r} is no moment in UTC")
    if kind == "date":
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            out.append(f"{at}: {value!r} is no day")
    if kind == "int64" and abs(value) > 2 ** 53 - 1:
        out.append(f"{at}: {value} is more than JSON can carry")
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 30):
            out.append(f"{at}: {len(value)} characters")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            out.append(f"{at}: {value!r} is not like {schema['pattern']}")
    if isinstance(value, int) and not schema.get("minimum", -(1 << 60)) <= value <= schema.get("maximum", 1 << 60):
        out.append(f"{at}: {value} is out of range")
    return out
