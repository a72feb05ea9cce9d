#!/usr/bin/env python3
"""A recorded Open-Meteo: hourly values of a model, with faults on demand.

    server.py [--port 0] [--parent PID] [--seed N]

Started, ended and controlled as the recorded Met Office (tests/met_office/server.py), whose plumbing it shares.

  GET  /v1/forecast?latitude=..&longitude=..&hourly=..   an object for one place, a list for several
  POST /control/fault, /control/stats, /control/now      as there; faults are those of Fault below
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import signal
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "met_office"))
import server as met_office  # noqa: E402

UNITS = {"temperature_2m": "°C", "relative_humidity_2m": "%", "dew_point_2m": "°C", "pressure_msl": "hPa", "visibility": "m",
         "precipitation": "mm", "cloud_cover": "%", "weather_code": "wmo code", "wind_speed_10m": "m/s",
         "wind_direction_10m": "°", "wind_gusts_10m": "m/s"}
RANGES = {"temperature_2m": (2, 14), "relative_humidity_2m": (60, 100), "dew_point_2m": (0, 9), "pressure_msl": (995, 1025),
          "visibility": (5000, 30000), "precipitation": (0, 2), "cloud_cover": (0, 100), "weather_code": (0, 99),
          "wind_speed_10m": (0, 12), "wind_direction_10m": (0, 360), "wind_gusts_10m": (5, 20)}
WHOLE = {"relative_humidity_2m", "cloud_cover", "weather_code", "wind_direction_10m", "visibility"}


class Fault(met_office.Fault):
    """Those of the Met Office that concern any server, and

    reason     with fail: the text of the error
    appended   the answer is followed by the text of an error, with status 200
    units      this unit is named for the temperature
    unequal    the temperatures are one less than the times
    """

    KEYS = met_office.Fault.KEYS | {"reason", "appended", "units", "unequal"}


class Handler(met_office.Handler):
    server_version = "recorded-open-meteo"

    def gateway_error(self, status, message, more, headers=()):
        self.server.stats.status(status)
        self.send_json(status, {"error": True, "reason": self.reason or more}, headers)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path.startswith("/control/"):
            return super().do_GET()
        if url.path != "/v1/forecast":
            return self.send_json(404, {"error": True, "reason": "Not Found"})
        self.server.stats.resource("observations")
        fault = self.server.fault.take("observations")
        self.reason = fault.get("reason")
        if fault.get("slow"):
            time.sleep(fault["slow"] / 1000)
        if not self.broken(fault):
            self.forecast(urllib.parse.parse_qs(url.query), fault)

    def forecast(self, query, fault):
        def of(name):
            return query.get(name, [""])[0]

        latitudes, longitudes, variables = (of(name).split(",") for name in ("latitude", "longitude", "hourly"))
        for name in variables:
            if name not in UNITS:
                self.reason = "Data corrupted at path ''. Cannot initialize SurfacePressureAndHeightVariable from '%s'" % name
                return self.gateway_error(400, "", "")
        if len(latitudes) != len(longitudes) or not all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in latitudes + longitudes):
            self.reason = "Parameter 'latitude' and 'longitude' must have the same number of elements"
            return self.gateway_error(400, "", "")
        metric = of("wind_speed_unit") == "ms" and of("timeformat") == "unixtime"
        if not metric:
            self.reason = "this recording has m/s and unixtime only"
            return self.gateway_error(400, "", "")
        places = [self.place(float(latitude), float(longitude), variables, int(of("past_hours")), int(of("forecast_hours")), fault)
                  for latitude, longitude in zip(latitudes, longitudes)]
        body = json.dumps(places[0] if len(places) == 1 else places, ensure_ascii=False).encode()
        self.server.stats.status(200)
        if fault.get("appended"):
            body += b"Unexpected error while streaming data: timeoutReached"
        self.send_body(200, body)

    def place(self, latitude, longitude, variables, back, ahead, fault):
        present = self.server.now().replace(minute=0, second=0, microsecond=0)
        hours = [present + datetime.timedelta(hours=hour) for hour in range(-back, ahead)]

        def value(name, hour):
            if fault.get("nulls"):
                return None
            low, high = RANGES[name]
            number = low + (high - low) * met_office.noise(self.server.seed, latitude, longitude, int(hour.timestamp()), name)
            return int(number) if name in WHOLE else round(number, 1)

        hourly = {"time": [int(hour.timestamp()) for hour in hours]}
        hourly.update({name: [value(name, hour) for hour in hours] for name in variables})
        units = {"time": "unixtime", **{name: UNITS[name] for name in variables}}
        if fault.get("units"):
            units["temperature_2m"] = fault["units"]
        if fault.get("unequal"):
            hourly["temperature_2m"].pop()
        return {"latitude": latitude, "longitude": longitude, "generationtime_ms": 0.05, "utc_offset_seconds": 0,
                "timezone": "GMT", "timezone_abbreviation": "GMT", "elevation": 90.0, "hourly_units": units, "hourly": hourly}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--parent", type=int, default=os.getppid(), help="end when this process is gone; 0: never")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other weather")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    server = met_office.Server(arguments.port, arguments.seed, Handler)
    server.fault = Fault()
    print("listening 127.0.0.1:%d" % server.server_address[1], flush=True)
    if arguments.parent > 1:
        threading.Thread(target=met_office.leave_with, args=(arguments.parent,), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
