#!/usr/bin/env python3
"""The collector and its spool with servers: a real InfluxDB 1.x, and the stand-in for 2.x."""

import argparse
import json
import random
import shutil
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import world
from world import HERE, CollectorCase

INFLUX2 = HERE.parent / "influx2" / "server.py"
KILLS = 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Influx1:
    """influxd over one directory; it may be stopped, killed and started again at the same address."""

    def __init__(self, directory):
        self.directory, self.port, self.process = directory, free_port(), None
        (directory / "influxdb.conf").write_text("""reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "%(dir)s/meta"
[data]
dir = "%(dir)s/data"
wal-dir = "%(dir)s/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:%(port)d"
log-enabled = false
[continuous_queries]
enabled = false
[logging]
level = "error"
suppress-logo = true
""" % {"dir": directory, "port": self.port})
        self.start()
        self.query("CREATE DATABASE weather")

    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def start(self):
        self.log = open(self.directory / "log", "ab")
        self.process = subprocess.Popen(["influxd", "run", "-config", str(self.directory / "influxdb.conf")],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        for _ in range(3000):
            try:
                return urllib.request.urlopen(self.url() + "/ping", timeout=5).close()
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.01)
        raise RuntimeError((self.directory / "log").read_text(errors="replace")[-2000:])

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.log.close()
            self.process = None

    def query(self, text):
        data = urllib.parse.urlencode({"db": "weather", "epoch": "s", "q": text}).encode()
        with urllib.request.urlopen(self.url() + "/query", data=data, timeout=30) as response:
            return json.load(response)["results"][0]

    def write(self, lines):
        with urllib.request.urlopen(self.url() + "/write?db=weather", data=lines.encode(), timeout=30):
            pass

    def times(self, measurement="weather_observation"):
        series = self.query('SELECT * FROM "%s"' % measurement).get("series", [])
        return [row[0] for table in series for row in table["values"]]


@unittest.skipUnless(shutil.which("influxd"), "influxd is not installed")
class Influx1Test(CollectorCase):
    def setUp(self):
        super().setUp()
        directory = self.directory / "influx"
        directory.mkdir()
        self.influx = Influx1(directory)
        self.addCleanup(self.influx.stop)
        text = (self.directory / "config.yml").read_text()
        text = text.replace("store: {kind: sqlite, path: weather.db}", "store: {kind: influxdb1, url: '%s'}" % self.influx.url())
        (self.directory / "config.yml").write_text(text)

    def assert_window_once(self, hours=48):
        times = self.influx.times()
        self.assertEqual((len(times), len(set(times))), (hours, hours))

    def test_down_before_the_write_then_up_again(self):
        self.influx.stop()
        report = self.report(expect=75)
        self.assertEqual((report["written"], report["spooled"]), (0, 48))
        self.assertEqual(json.loads(self.run_collector("spool", "drain", "-o", "json", expect=75))["left"], 48)
        self.influx.start()
        self.assertEqual(self.report()["drained"], 48)
        self.assert_window_once()

    def test_a_missing_database_is_waited_for(self):
        self.influx.query("DROP DATABASE weather")
        self.assertIn("not found", self.report(expect=75)["error"]["message"])
        self.influx.query("CREATE DATABASE weather")
        self.assertEqual(json.loads(self.run_collector("spool", "drain", "-o", "json"))["drained"], 48)
        self.assert_window_once()

    def test_killed_at_any_moment_while_the_server_dies_too(self):
        chance = random.Random()
        for _ in range(KILLS):
            if chance.random() < 0.4:
                self.influx.stop() if self.influx.process else self.influx.start()
            process = self.start(*chance.choice(((), ("spool", "drain"))))
            time.sleep(chance.random() * 0.1)
            process.kill()
            process.communicate()
        if not self.influx.process:
            self.influx.start()
        report = self.report()
        self.assertEqual((report["waiting"], report["error"]), (0, None))
        self.assert_window_once()


class Influx2Test(CollectorCase):
    def setUp(self):
        super().setUp()
        self.server = subprocess.Popen([sys.executable, str(INFLUX2), "--bucket", "weather"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.url = "http://" + self.server.stdout.readline().split()[1]
        text = (self.directory / "config.yml").read_text()
        text = text.replace("influxdb: {bucket: weather}\nstore: {kind: sqlite, path: weather.db}\n",
                            "influxdb: {url: '%s', org: home, bucket: weather, token: '${INFLUX_TOKEN}', timeout: 10,\n"
                            "           retry: {max_attempts: 2, initial_backoff: 10ms, max_backoff: 20ms}}\n" % self.url)
        (self.directory / "config.yml").write_text(text)

    def stop(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def environment(self, **more):
        return super().environment(**{"INFLUX_TOKEN": "all-rights", **more})

    def fault(self, **what):
        urllib.request.urlopen(urllib.request.Request(self.url + "/control/fault", json.dumps(what).encode()), timeout=10).close()

    def test_the_predecessors_configuration_writes_to_influxdb_2(self):
        self.assertEqual(self.report()["written"], 48)
        self.assertEqual(self.report()["unchanged"], 48)

    def test_down_during_the_write_then_up_again(self):
        self.fault(path="write", status=503)
        report = self.report(expect=75)
        self.assertEqual((report["new"], report["written"], report["spooled"]), (48, 0, 48))
        self.fault()
        report = self.report()
        self.assertEqual((report["written"], report["drained"], report["waiting"]), (48, 48, 0))
        self.assertEqual(self.report()["unchanged"], 48)

    def test_a_token_that_is_refused_is_said_and_costs_no_points(self):
        report = self.report(expect=4, INFLUX_TOKEN="wrong")
        self.assertIn("401", report["error"]["message"])
        self.assertEqual(report["spooled"], 48)
        self.assertEqual(self.report()["drained"], 48)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--collector", required=True)
    options, rest = parser.parse_known_args()
    world.PROGRAM["collector"] = options.collector
    unittest.main(argv=["influx_test.py", *rest])
