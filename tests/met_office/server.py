#!/usr/bin/env python3
"""A recorded Met Office: Land Observations as the service documents it, with faults on demand.

    server.py [--port 0] [--parent PID] [--seed N]

The first line on stdout is `listening 127.0.0.1:PORT`. It ends on SIGTERM, or when the process PARENT (by default the one
that started it) is gone. Nothing but the standard library is used.

  GET  /observation-land/1/nearest?lat=52.09&lon=-0.72   the nearest station, a list of one
  GET  /observation-land/1/{geohash}                     its past 48 hours; the newest hour is incomplete
  GET  /sitespecific/v0/point/hourly?latitude=..&longitude=..   the forecast of 49 hours, from the present one
  POST /control/fault                                    a JSON object, see Fault below; {} ends all faults
  GET  /control/fault                                    the present fault
  GET  /control/stats                                    how many requests were answered, by kind
  POST /control/stats                                    counts from zero again
  POST /control/now                                      {"time": "2026-11-24T08:00:00Z"}: data end at this hour; {} = the clock

The header `apikey` decides who asks: missing, short or unknown-looking keys get 401 in the shape of the gateway; a key that
contains `sitespecific` belongs to the forecasts: it gets 403 for observations, and all others get it for forecasts.
"""

import argparse
import datetime
import gzip
import hashlib
import http.server
import json
import math
import os
import re
import signal
import socketserver
import sys
import threading
import time
import urllib.parse

HOURS = 48
DIRECTIONS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]
BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
MIN_KEY = 50


def geohash(latitude, longitude, length=6):
    """The public geohash algorithm: bits of longitude and latitude by turns."""
    low, high = [-90.0, -180.0], [90.0, 180.0]
    value, bits, text, axis = 0, 0, "", 1
    position = [latitude, longitude]
    while len(text) < length:
        middle = (low[axis] + high[axis]) / 2
        if position[axis] >= middle:
            value = value * 2 + 1
            low[axis] = middle
        else:
            value *= 2
            high[axis] = middle
        axis = 1 - axis
        bits += 1
        if bits == 5:
            text += BASE32[value]
            value, bits = 0, 0
    return text


def noise(*parts):
    """A number in [0, 1) that depends on the parts alone: the same hour has the same weather in every process."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:6], "big") / float(1 << 48)


def observation(station, hour, seed, newest):
    """One hour. `newest`: the hour is still incomplete, as with the real service."""
    epoch = int(hour.timestamp())

    def at(name):
        return noise(seed, station, epoch, name)

    day = (hour.hour - 15) / 24 * 2 * math.pi
    record = {
        "datetime": hour.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "temperature": round(8 + 5 * math.cos(day) + 2 * at("temperature"), 1),
        "humidity": int(70 + 25 * at("humidity")),
        "mslp": int(1000 + 25 * noise(seed, station, epoch // 86400, "mslp")),
        "wind_speed": round(2 + 8 * at("wind_speed"), 2),
    }
    if newest:
        return record
    record.update({
        "pressure_tendency": "RFS"[int(3 * at("tendency"))],
        "visibility": int(5000 + 30000 * at("visibility")),
        "weather_code": int(31 * at("code")) - 1,
        "wind_direction": DIRECTIONS[int(16 * at("direction"))],
        "wind_gust": round(record["wind_speed"] + 1 + 8 * at("gust"), 2),
    })
    return record


class Fault:
    """What goes wrong, until it is changed. Keys of the JSON object, all optional:

    slow      wait so many milliseconds before each answer
    fail      answer with this status; with retry_after a header Retry-After of that value
    garbage   200 and bytes that are no JSON
    html200   200 and a web page
    cut       200, announced in full, closed after half of the body
    cut_silent  200 without a length, closed after half of the body
    empty     200 and an empty list
    nulls     every field but the time is null
    big       200 and a list of so many megabytes
    huge_gzip 200 and a gzip body that unpacks to so many megabytes
    redirect  302 to this address
    echo_key  with fail: the error text repeats the key that was sent
    hostile   every hour has one bad value in it, the others are good
    corrected every temperature is so many degrees higher
    no_station  `nearest` answers an empty list
    moved     every geohash that `nearest` gave before is unknown now; `nearest` gives another one
    times     only so many requests fail, then the fault ends by itself
    only      "nearest", "observations" or "forecasts": the other resources are well
    mslp      this is the pressure in every hour of the forecast
    """

    KEYS = {"slow", "fail", "retry_after", "garbage", "html200", "cut", "cut_silent", "empty", "nulls", "big", "huge_gzip",
            "redirect", "echo_key", "hostile", "corrected", "no_station", "moved", "times", "only", "mslp"}

    def __init__(self):
        self.lock = threading.Lock()
        self.value = {}

    def set(self, value):
        unknown = set(value) - self.KEYS
        if unknown:
            raise ValueError("unknown fault: " + ", ".join(sorted(unknown)))
        with self.lock:
            self.value = value

    def get(self):
        with self.lock:
            return dict(self.value)

    def take(self, resource):
        """The fault for one request, counted down."""
        with self.lock:
            if not self.value or self.value.get("only", resource) != resource:
                return {}
            value = dict(self.value)
            if "times" in value:
                if value["times"] <= 0:
                    self.value = {}
                    return {}
                self.value["times"] = value["times"] - 1
            return value


class Stats:
    def __init__(self):
        self.lock = threading.Lock()
        self.clear()

    def clear(self):
        with self.lock:
            self.counts = {"requests": 0, "nearest": 0, "observations": 0, "forecasts": 0, "ok": 0, "failed": 0, "by_status": {}}

    def resource(self, name):
        with self.lock:
            self.counts["requests"] += 1
            self.counts[name] += 1

    def status(self, status):
        with self.lock:
            self.counts["ok" if status == 200 else "failed"] += 1
            by_status = self.counts["by_status"]
            by_status[str(status)] = by_status.get(str(status), 0) + 1

    def get(self):
        with self.lock:
            return json.loads(json.dumps(self.counts))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "recorded-met-office"

    def log_message(self, *_):
        pass

    # --- plumbing ---
    def send_body(self, status, body, content_type="application/json", headers=(), length=None):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, status, value, headers=()):
        self.send_body(status, json.dumps(value).encode(), headers=headers)

    def gateway_error(self, status, message, more, headers=()):
        self.server.stats.status(status)
        self.send_json(status, {"httpCode": str(status), "httpMessage": message, "moreInformation": more}, headers)

    def answer(self, value):
        self.server.stats.status(200)
        self.send_json(200, value)

    def read_json(self):
        length = int(self.headers.get("Content-Length") or 0)
        return json.loads(self.rfile.read(length) or b"{}")

    # --- requests ---
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/control/stats":
            return self.send_json(200, self.server.stats.get())
        if url.path == "/control/fault":
            return self.send_json(200, self.server.fault.get())
        if url.path == "/observation-land/1/nearest":
            return self.resource("nearest", lambda: self.nearest(url.query))
        if url.path == "/sitespecific/v0/point/hourly":
            return self.resource("forecasts", lambda: self.forecast(url.query))
        match = re.fullmatch(r"/observation-land/1/([0-9a-z]+)", url.path)
        if match:
            return self.resource("observations", lambda: self.observations(match.group(1)))
        return self.send_json(404, {"httpCode": "404", "httpMessage": "Not Found",
                                    "moreInformation": "No resources match requested URI"})

    def do_POST(self):
        try:
            value = self.read_json()
            if self.path == "/control/fault":
                self.server.fault.set(value)
                if value.get("moved"):
                    self.server.generation += 1
            elif self.path == "/control/stats":
                self.server.stats.clear()
            elif self.path == "/control/now":
                self.server.set_now(value.get("time"))
            else:
                return self.send_json(404, {"error": "no such control"})
        except ValueError as error:
            return self.send_json(400, {"error": str(error)})
        return self.send_json(200, {})

    def resource(self, name, good):
        self.server.stats.resource(name)
        fault = self.server.fault.take(name)
        if fault.get("slow"):
            time.sleep(fault["slow"] / 1000)
        if self.refuse_key("forecasts" if name == "forecasts" else "observations"):
            return None
        if self.broken(fault):
            return None
        self.hour_fault = fault
        return good()

    def refuse_key(self, product):
        key = self.headers.get("apikey", "")
        if len(key) < MIN_KEY:
            self.gateway_error(401, "Unauthorized", "Cannot pass the security checks that are required by the target API")
            return True
        if ("sitespecific" in key) != (product == "forecasts"):
            self.gateway_error(403, "Forbidden", "The subscription does not cover this product")
            return True
        return False

    def broken(self, fault):
        stats = self.server.stats
        if fault.get("fail"):
            status = int(fault["fail"])
            headers = [("Retry-After", str(fault["retry_after"]))] if "retry_after" in fault else []
            more = "key " + self.headers.get("apikey", "") if fault.get("echo_key") else "made to fail"
            message = "Message throttled out" if status == 429 else "Failure"
            self.gateway_error(status, message, more, headers)
        elif fault.get("redirect"):
            stats.status(302)
            self.send_body(302, b"", headers=[("Location", fault["redirect"])])
        elif fault.get("garbage"):
            stats.status(200)
            self.send_body(200, b"\x00\xff{[garbage")
        elif fault.get("html200"):
            stats.status(200)
            self.send_body(200, b"<!DOCTYPE html><html><body>Please log in</body></html>", "text/html")
        elif fault.get("cut") or fault.get("cut_silent"):
            stats.status(200)
            self.cut(b'[{"geohash":"gcr2xy","area":"Milton Keynes","country":"England"}]', bool(fault.get("cut")))
        elif fault.get("big"):
            stats.status(200)
            self.send_body(200, b"[" + b'{"datetime":"x"},' * (int(fault["big"]) << 16) + b"{}]")
        elif fault.get("huge_gzip"):
            stats.status(200)
            body = gzip.compress(b"[" + b" " * (int(fault["huge_gzip"]) << 20) + b"]")
            self.send_body(200, body, headers=[("Content-Encoding", "gzip")])
        elif fault.get("empty"):
            self.answer([])
        else:
            return False
        return True

    def cut(self, body, announced):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if announced:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[:len(body) // 2])
        self.close_connection = True

    # --- the service ---
    def nearest(self, query):
        values = urllib.parse.parse_qs(query)
        if self.hour_fault.get("no_station"):
            return self.answer([])
        position = []
        for name, most in (("lat", 90.0), ("lon", 180.0)):
            text = values.get(name, [""])[0]
            if not re.fullmatch(r"-?\d{1,3}(\.\d{1,2})?", text) or abs(float(text)) > most:
                return self.gateway_error(400, "Bad Request", name + " must have at most 2 decimals and lie in range")
            position.append(float(text))
        # A grid of about five kilometres stands for the stations.
        station = geohash(*[round(value * 20 + 0.001) / 20 for value in position])
        if self.server.generation:
            station = station[:5] + BASE32[self.server.generation % 32]
        self.server.know(station)
        return self.answer([{"geohash": station, "area": "Milton Keynes", "region": "se", "country": "England",
                             "olson_time_zone": "Europe/London"}])

    def forecast(self, query):
        values = urllib.parse.parse_qs(query)
        try:
            latitude, longitude = float(values["latitude"][0]), float(values["longitude"][0])
        except (KeyError, ValueError):
            return self.gateway_error(400, "Bad Request", "latitude and longitude are needed")
        present = self.server.now().replace(minute=0, second=0, microsecond=0)
        series = [self.forecast_hour(latitude, longitude, present + datetime.timedelta(hours=ahead), ahead == 48)
                  for ahead in range(49)]
        return self.answer({"type": "FeatureCollection", "features": [{
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [longitude, latitude, 71.0]},
            "properties": {"location": {"name": "Bow Brickhill"}, "requestPointDistance": 812.4,
                           "modelRunDate": present.strftime("%Y-%m-%dT%H:%MZ"), "timeSeries": series}}]})

    def forecast_hour(self, latitude, longitude, hour, last):
        def at(name):
            return noise(self.server.seed, latitude, longitude, int(hour.timestamp()), name)

        # Pascals, and a time without seconds: so does the service.
        record = {"time": hour.strftime("%Y-%m-%dT%H:%MZ"), "screenTemperature": round(2 + 12 * at("temperature"), 2),
                  "screenDewPointTemperature": round(8 * at("dew"), 2), "feelsLikeTemperature": round(10 * at("feels"), 2),
                  "screenRelativeHumidity": round(60 + 40 * at("humidity"), 2),
                  "mslp": self.hour_fault.get("mslp") or 99500 + int(3000 * at("mslp")), "visibility": 5000 + int(30000 * at("visibility")),
                  "windSpeed10m": round(12 * at("wind"), 2), "windDirectionFrom10m": int(360 * at("direction")),
                  "windGustSpeed10m": round(5 + 15 * at("gust"), 2), "uvIndex": int(8 * at("uv")),
                  "significantWeatherCode": int(31 * at("code")) - 1, "precipitationRate": round(2 * at("rate"), 2),
                  "probOfPrecipitation": int(100 * at("rain"))}
        if not last:
            record["totalPrecipAmount"] = round(2 * at("amount"), 2)
        if self.hour_fault.get("nulls"):
            record = {key: value if key == "time" else None for key, value in record.items()}
        return record

    def observations(self, station):
        if not self.server.knows(station):
            return self.gateway_error(404, "Not Found", "Geohash not recognised")
        newest = self.server.now().replace(minute=0, second=0, microsecond=0)
        hours = [newest - datetime.timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
        records = [observation(station, hour, self.server.seed, hour == newest) for hour in hours]
        if self.hour_fault.get("nulls"):
            records = [{key: value if key == "datetime" else None for key, value in record.items()} for record in records]
        if self.hour_fault.get("hostile"):
            for record in records:
                record["mslp"] = 100910
        for record in records:
            if "temperature" in record:
                record["temperature"] += self.hour_fault.get("corrected", 0)
        return self.answer(records)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port, seed, handler=Handler):
        super().__init__(("127.0.0.1", port), handler)
        self.seed = seed
        self.fault = Fault()
        self.stats = Stats()
        self.generation = 0
        self.fixed_now = None
        self.stations = {}
        self.lock = threading.Lock()

    def know(self, station):
        with self.lock:
            self.stations[station] = self.generation

    def knows(self, station):
        """Any well-formed geohash is a station, so that a restarted server knows what clients remember; moved ones are not."""
        with self.lock:
            if self.generation:
                return self.stations.get(station) == self.generation
            return bool(re.fullmatch("[%s]{6}" % BASE32, station)) and not station.startswith("000")

    def set_now(self, text):
        self.fixed_now = None if text is None else datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(
            tzinfo=datetime.timezone.utc)

    def now(self):
        return self.fixed_now or datetime.datetime.now(datetime.timezone.utc)

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the play."""


def leave_with(parent):
    """End when the parent is gone, however it went."""
    while True:
        time.sleep(0.5)
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            os._exit(0)
        except PermissionError:
            pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--parent", type=int, default=os.getppid(), help="end when this process is gone; 0: never")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other weather")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    server = Server(arguments.port, arguments.seed)
    print("listening 127.0.0.1:%d" % server.server_address[1], flush=True)
    if arguments.parent > 1:
        threading.Thread(target=leave_with, args=(arguments.parent,), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
