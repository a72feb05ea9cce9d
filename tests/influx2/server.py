#!/usr/bin/env python3
"""A stand-in for InfluxDB 2.x: the documented HTTP interface over points in memory, with faults on demand.

    server.py [--port 0] [--parent PID] [--org home] [--token TOKEN] [--bucket NAME ...]

The first line on stdout is `listening 127.0.0.1:PORT`. It ends on SIGTERM, or when the process PARENT (by default the one that
started it) is gone. Nothing but the standard library is used.

  POST /api/v2/write?org&bucket&precision   line protocol; 204, or all is refused (400), or what conflicts is (422)
  POST /api/v2/query?org                    Flux in JSON or as application/vnd.flux; annotated CSV
  POST /api/v2/delete?org&bucket            {"start", "stop"}; 204
  GET  /ping                                204
  GET  /control/stats    {"write": N, "query": N}: requests since it was asked last
  POST /control/fault    {"path": "query", "status": 503, "retry_after": "60"} | {"path": "query", "cut": true} | {"path": "query", "late": true} |
                         {"path": "write", "largest": 100}; {} ends it. `after` lets so many requests through first,
                         `times` ends it after so many.
  POST /control/refuse   {"time": NANOSECONDS}: points of this time conflict with the types of their shard
  POST /control/token    {"token": T, "read": [buckets], "write": [buckets]}

Of Flux it runs pipelines of from, range, filter (== and exists, joined by `and`), first, limit, drop, keep, distinct, count, each as the
reference describes it: tables by group key, merged where keys become equal.
"""

import argparse
import collections
import csv
import datetime
import decimal
import http.server
import io
import json
import os
import re
import signal
import socketserver
import sys
import threading
import time
import urllib.parse

TYPES = {float: "double", int: "long", str: "string", bool: "boolean"}
UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}
EPOCH = datetime.datetime(1970, 1, 1)


class Refusal(Exception):
    def __init__(self, status, code, message, retry_after=None):
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


def format_time(ns):
    seconds, fraction = divmod(ns, 10**9)
    text = (EPOCH + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{fraction:09d}".rstrip("0") if fraction else "") + "Z"


def parse_time(text):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    if not match:
        raise Refusal(400, "invalid", f'error in query specification: "{text}" is not a time')
    seconds = int((datetime.datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S") - EPOCH).total_seconds())
    return seconds * 10**9 + int((match[2] or "0").ljust(9, "0"))


# --- line protocol


def split_plain(text, mark, limit=-1, strings=False):
    """Split where `mark` is not escaped nor, with `strings`, inside the value of a string field: elsewhere a quote is a character."""
    parts, part, quoted, i = [], "", False, 0
    while i < len(text):
        char = text[i]
        if char == "\\" and i + 1 < len(text):
            part += text[i:i + 2]
            i += 2
            continue
        if strings and char == '"':
            quoted = not quoted
        if char == mark and not quoted and (limit < 0 or len(parts) < limit):
            parts.append(part)
            part = ""
        else:
            part += char
        i += 1
    return parts + [part]


def unescape(text):
    return re.sub(r"\\([, =])", r"\1", text)


def parse_value(text):
    if text.startswith('"'):
        if len(text) < 2 or not text.endswith('"'):
            raise ValueError("unbalanced quotes")
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if text in ("t", "T", "true", "True", "TRUE"):
        return True
    if text in ("f", "F", "false", "False", "FALSE"):
        return False
    if re.fullmatch(r"-?\d+i", text):
        return int(text[:-1])
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text):
        return float(text)
    raise ValueError("invalid number")


def parse_line(line, unit):
    key, *rest = split_plain(line, " ", 1)
    parts = [key, *split_plain(rest[0], " ", strings=True)] if rest else [key]
    if len(parts) not in (2, 3):
        raise ValueError("missing fields" if len(parts) < 2 else "bad timestamp")
    names = split_plain(key, ",")
    tags = {}
    for pair in names[1:]:
        key, *value = split_plain(pair, "=", 1)
        if not key or not value or not value[0]:
            raise ValueError("missing tag value")
        tags[unescape(key)] = unescape(value[0])
    fields = {}
    for pair in split_plain(parts[1], ",", strings=True):
        key, value = split_plain(pair, "=", 1)
        fields[unescape(key)] = parse_value(value)
    stamp = int(parts[2]) * unit if len(parts) == 3 else time.time_ns()
    return re.sub(r"\\([, ])", r"\1", names[0]), tuple(sorted(tags.items())), stamp, fields


# --- tables of Flux


class Table:
    """Rows of one group key. `columns`: name -> type, in order; `key`: names of the columns that are equal in all rows."""

    def __init__(self, columns, key, rows):
        self.columns, self.key, self.rows = columns, key, rows

    def values_of_key(self):
        return tuple((name, self.rows[0][name]) for name in sorted(self.key)) if self.rows else ()


def regroup(tables):
    """Tables whose keys have become equal are one."""
    merged = {}
    for table in tables:
        known = merged.setdefault(table.values_of_key(), Table(dict(table.columns), table.key, []))
        for name, kind in table.columns.items():
            if known.columns.setdefault(name, kind) != kind:
                raise Refusal(400, "invalid", f"schema collision detected: column \"{name}\" is both of type {known.columns[name]} and {kind}")
        known.rows += table.rows
    return [merged[key] for key in sorted(merged)]


def function_drop(tables, names):
    return regroup([Table({n: k for n, k in t.columns.items() if n not in names}, [n for n in t.key if n not in names],
                          [{n: v for n, v in row.items() if n not in names} for row in t.rows]) for t in tables])


def function_keep(tables, names):
    return function_drop(tables, {n for t in tables for n in t.columns} - set(names))


def function_distinct(tables, column):
    out = []
    for table in tables:
        seen = dict.fromkeys(row[column] for row in table.rows)
        columns = {n: table.columns[n] for n in table.key} | {"_value": table.columns[column]}
        fixed = {n: table.rows[0][n] for n in table.key}
        out.append(Table(columns, table.key, [fixed | {"_value": value} for value in seen]))
    return out


def function_count(tables):
    return [Table({n: t.columns[n] for n in t.key} | {"_value": "long"}, t.key,
                  [{n: t.rows[0][n] for n in t.key} | {"_value": len(t.rows)}]) for t in tables]


STRING = r'"((?:[^"\\]|\\.)*)"'


def flux_string(body):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r", "t": "\t"}.get(m[1], m[1]), body)


def conditions(text):
    text = re.fullmatch(r"\(r\)\s*=>\s*(.*)", text.strip(), re.S)[1]
    out = []
    while text:
        match = re.match(r"\s*(?:(not exists|exists)\s+)?r(?:\[" + STRING + r"\]|\.(\w+))\s*(?:==\s*" + STRING + r")?\s*(?:and\b)?", text)
        if not match or not match[0].strip():
            raise Refusal(400, "invalid", f"error in query specification: cannot compile {text!r}")
        name = flux_string(match[2]) if match[2] is not None else match[3]
        wanted = flux_string(match[4]) if match[4] is not None else None
        out.append((match[1], name, wanted))
        text = text[match.end():]
    return out


def holds(checks, row):
    for word, name, wanted in checks:
        there = row.get(name) is not None
        if word == "not exists" and there or word == "exists" and not there:
            return False
        if word is None and row.get(name) != wanted:
            return False
    return True


def pipeline(text):
    """[(function, text of its arguments)]; parts are joined by |> outside of strings."""
    parts, part, i = [], "", 0
    while i < len(text):
        match = re.compile(STRING, re.S).match(text, i)
        if match:
            part += match[0]
            i = match.end()
        elif text.startswith("|>", i):
            parts.append(part)
            part, i = "", i + 2
        else:
            part += text[i]
            i += 1
    for part in parts + [part]:
        match = re.fullmatch(r"\s*(\w+)\((.*)\)\s*", part, re.S)
        if not match:
            raise Refusal(400, "invalid", f"error in query specification: cannot compile {part!r}")
        yield match[1], match[2]


def names_in(arguments):
    return [flux_string(body) for body in re.findall(STRING, arguments)]


class Database:
    def __init__(self, org, token, buckets):
        self.org = org
        self.tokens = {token: None}  # rights; None: all
        self.buckets = {name: {} for name in buckets}
        self.refused_time = None
        self.lock = threading.Lock()

    def rights(self, header):
        scheme, _, token = (header or "").partition(" ")
        if scheme not in ("Token", "Bearer") or token not in self.tokens:
            raise Refusal(401, "unauthorized", "unauthorized access")
        return self.tokens[token]

    def check_org(self, query):
        if query.get("org") != self.org:
            raise Refusal(404, "not found", f'organization name "{query.get("org", "")}" not found')

    def write(self, query, rights, body):
        self.check_org(query)
        name, precision = query.get("bucket", ""), query.get("precision", "ns")
        if precision not in UNITS:
            raise Refusal(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s")
        if name not in self.buckets:
            raise Refusal(404, "not found", f'bucket "{name}" not found')
        if rights is not None and name not in rights["write"]:
            raise Refusal(403, "forbidden", "insufficient permissions for write")
        if not body:
            raise Refusal(400, "invalid", "writing requires points")
        points, problems = [], []
        for line in body.decode().split("\n"):
            if not line:
                continue
            try:
                points.append(parse_line(line, UNITS[precision]))
            except ValueError as problem:
                problems.append(f"unable to parse '{line}': {problem}")
        if problems:
            raise Refusal(400, "invalid", "\n".join(problems))
        bucket, dropped, conflict = self.buckets[name], 0, ""
        kinds = {(m, f): type(v) for (m, _, _), fields in bucket.items() for f, v in fields.items()}
        for measurement, tags, stamp, fields in points:
            if stamp == self.refused_time:
                dropped += 1
                conflict = f'field type conflict: input field "{min(fields)}" on measurement "{measurement}" is of another type in its shard'
                continue
            bad = [f for f, v in fields.items() if kinds.setdefault((measurement, f), type(v)) is not type(v)]
            if bad:
                dropped += 1
                conflict = conflict or (f'field type conflict: input field "{bad[0]}" on measurement "{measurement}" is type {TYPES[type(fields[bad[0]])]}, '
                                        f"already exists as type {TYPES[kinds[measurement, bad[0]]]}")
                continue
            bucket.setdefault((measurement, tags, stamp), {}).update(fields)
        if dropped:
            raise Refusal(422, "unprocessable entity", "failure writing points to database: partial write: "
                          f"{conflict} dropped={dropped}")

    def delete(self, query, rights, order):
        self.check_org(query)
        name = query.get("bucket", "")
        if name not in self.buckets:
            raise Refusal(404, "not found", f'bucket "{name}" not found')
        if rights is not None and name not in rights["write"]:
            raise Refusal(403, "forbidden", "insufficient permissions to delete")
        start, stop = parse_time(order["start"]), parse_time(order["stop"])
        self.buckets[name] = {k: v for k, v in self.buckets[name].items() if not start <= k[2] < stop}

    def tables(self, name, start, stop):
        series = {}
        for (measurement, tags, stamp), fields in sorted(self.buckets[name].items()):
            if start <= stamp < stop:
                for field, value in fields.items():
                    series.setdefault((measurement, tags, field), []).append((stamp, value))
        out = []
        for (measurement, tags, field), rows in sorted(series.items()):
            fixed = {"_start": start, "_stop": stop}
            named = {"_field": field, "_measurement": measurement} | dict(tags)
            columns = {"_start": "dateTime:RFC3339", "_stop": "dateTime:RFC3339", "_time": "dateTime:RFC3339",
                       "_value": TYPES[type(rows[0][1])]} | {n: "string" for n in named}
            out.append(Table(columns, [*fixed, *named], [fixed | {"_time": t, "_value": v} | named for t, v in rows]))
        return out

    def query(self, query, rights, text):
        self.check_org(query)
        tables, name = [], None
        for function, arguments in pipeline(text):
            if function == "from":
                name = names_in(arguments)[0]
                # A bucket that the token may not read is not seen.
                if name not in self.buckets or (rights is not None and name not in rights["read"]):
                    raise Refusal(404, "not found", f'failed to initialize execute state: could not find bucket "{name}"')
            elif function == "range":
                match = re.fullmatch(r"\s*start:\s*(\S+),\s*stop:\s*(\S+)\s*", arguments)
                start, stop = parse_time(match[1]), parse_time(match[2])
                if start >= stop:
                    raise Refusal(400, "invalid", "error in building plan: cannot query an empty range")
                tables = self.tables(name, start, stop)
            elif function == "filter":
                checks = conditions(arguments.split(":", 1)[1])
                tables = [t for t in tables if any(holds(checks, row) for row in t.rows)]
            elif function == "first":
                tables = [Table(t.columns, t.key, t.rows[:1]) for t in tables]
            elif function == "limit":
                count = int(re.fullmatch(r"\s*n:\s*(\d+)\s*", arguments)[1])
                tables = [Table(t.columns, t.key, t.rows[:count]) for t in tables]
            elif function == "drop":
                tables = function_drop(tables, set(names_in(arguments)))
            elif function == "keep":
                tables = function_keep(tables, names_in(arguments))
            elif function == "distinct":
                tables = function_distinct(tables, names_in(arguments)[0])
            elif function == "count":
                tables = function_count(tables)
            else:
                raise Refusal(400, "invalid", f"error in query specification: undefined identifier {function}")
        return [t for t in tables if t.rows]


def cell(value, kind):
    if value is None:
        return ""
    if kind == "dateTime:RFC3339":
        return format_time(value)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "double":
        return format(decimal.Decimal(repr(value)), "f") if value == value and abs(value) != float("inf") else {"inf": "+Inf", "-inf": "-Inf"}.get(repr(value), "NaN")
    return str(value)


def annotated_csv(tables, datatype, late):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    before = None
    for number, table in enumerate(tables):
        if table.columns != before:
            if before is not None:
                writer.writerow([])
            if datatype:
                writer.writerow(["#datatype", "string", "long", *table.columns.values()])
            writer.writerow(["", "result", "table", *table.columns])
            before = table.columns
        for row in table.rows:
            writer.writerow(["", "_result", number, *(cell(row.get(name), kind) for name, kind in table.columns.items())])
    if late:
        writer.writerow([])
        if datatype:
            writer.writerow(["#datatype", "string", "string"])
        writer.writerow(["", "error", "reference"])
        writer.writerow(["", "engine: context canceled", ""])
    else:
        out.write("\r\n")
    return out.getvalue().encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    database = None
    fault = {}
    stats = collections.Counter()

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="application/json; charset=utf-8", cut=False, retry_after=None):
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.send_header("X-Influxdb-Version", "2.7.0-stand-in")
        if body or status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cut:
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def refuse(self, refusal):
        self.answer(refusal.status, json.dumps({"code": refusal.code, "message": refusal.message}).encode(),
                    retry_after=refusal.retry_after)

    def do_GET(self):
        if self.path == "/control/stats":
            seen, Handler.stats = Handler.stats, collections.Counter()
            return self.answer(200, json.dumps(seen).encode())
        self.answer(204 if self.path == "/ping" else 404)

    def present_fault(self, path):
        fault = Handler.fault
        if not path.endswith(fault.get("path", "?")):
            return {}
        if fault.get("after", 0) > 0:
            fault["after"] -= 1
            return {}
        if "times" in fault:
            fault["times"] -= 1
            if fault["times"] < 0:
                return {}
        return fault

    def do_POST(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if url.path.startswith("/control/"):
            order = json.loads(body or b"{}")
            if url.path.endswith("fault"):
                Handler.fault = order
            elif url.path.endswith("refuse"):
                self.database.refused_time = order["time"]
            else:
                self.database.tokens[order["token"]] = {"read": order.get("read", []), "write": order.get("write", [])}
            return self.answer(204)
        Handler.stats[url.path.rsplit("/", 1)[1]] += 1
        fault = self.present_fault(url.path)
        try:
            if "status" in fault:
                raise Refusal(fault["status"], "unavailable", "this is a fault on demand", fault.get("retry_after"))
            rights = self.database.rights(self.headers.get("Authorization"))
            with self.database.lock:
                if url.path == "/api/v2/write":
                    if len(body) > fault.get("largest", len(body)):
                        raise Refusal(413, "request too large", "unable to read data: points batch is too large")
                    self.database.write(query, rights, body)
                    return self.answer(204)
                if url.path == "/api/v2/delete":
                    self.database.delete(query, rights, json.loads(body))
                    return self.answer(204)
                if url.path == "/api/v2/query":
                    flux, datatype = body.decode(), False
                    if self.headers.get("Content-Type", "").startswith("application/json"):
                        order = json.loads(body)
                        flux = order["query"]
                        datatype = "datatype" in order.get("dialect", {}).get("annotations", [])
                    tables = self.database.query(query, rights, flux)
                    return self.answer(200, annotated_csv(tables, datatype, fault.get("late")), "text/csv; charset=utf-8", fault.get("cut"))
            raise Refusal(404, "not found", "path not found")
        except Refusal as refusal:
            self.refuse(refusal)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def end_with(parent):
    while os.path.exists(f"/proc/{parent}"):
        time.sleep(0.2)
    os._exit(0)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--parent", type=int, default=os.getppid())
    options.add_argument("--org", default="home")
    options.add_argument("--token", default="all-rights")
    options.add_argument("--bucket", action="append", default=[])
    given = options.parse_args()
    Handler.database = Database(given.org, given.token, given.bucket)
    server = Server(("127.0.0.1", given.port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    threading.Thread(target=end_with, args=(given.parent,), daemon=True).start()
    print(f"listening 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
