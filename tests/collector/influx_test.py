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


# Impatient, as a test must be: the defaults are seconds and minutes.
RETRY = "retry: {max_attempts: 2, initial_backoff: 10ms, max_backoff: 20ms, max_total_time: 5s}"
QUICK_BREAKER = "security: {max_response_size_mb: 1, circuit_breaker: {failure_threshold: 5, recovery_timeout: 50ms}}"


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
        text = text.replace("{bucket: weather}", "{bucket: weather, %s}" % RETRY)
        text = text.replace("security: {max_response_size_mb: 1}", QUICK_BREAKER)
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

    # --- what it refuses for good ---
    def conflict_in_the_middle(self):
        """One hour of the window is of another type in the bucket; with a shard for each hour no other is."""
        self.influx.query("DROP DATABASE weather")
        self.influx.query("CREATE DATABASE weather WITH DURATION INF SHARD DURATION 1h")
        self.hour = int(time.time()) // 3600 - 20
        self.influx.write("weather_observation,location=other temperature=7i %d" % (self.hour * 3600 * 10**9))

    def repair_the_conflict(self):
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.hour * 3600))
        for table in self.influx.query("SHOW SHARDS")["series"]:
            for row in table["values"]:
                if row[4] == start:  # begins at; the shard before ends at
                    self.influx.query("DROP SHARD %d" % row[0])

    def rejected(self):
        return json.loads(self.run_collector("spool", "list", "--rejected", "-o", "json"))

    def drain(self, *arguments, expect=0):
        return json.loads(self.run_collector("spool", "drain", *arguments, "-o", "json", expect=expect))

    def test_one_point_that_it_refuses_for_good_costs_no_other(self):
        self.conflict_in_the_middle()
        report = self.report(expect=1)
        self.assertEqual((report["written"], report["refused"], report["set_aside"], report["waiting"]), (47, 1, 1, 0))
        self.assertIn("field type conflict", report["error"]["message"])
        self.assertEqual(self.err.count("field type conflict"), 1, "said once")
        self.assertEqual(self.metric("weather_collector_points_refused_total"), 1)
        self.assertEqual(self.metric("weather_collector_spool_rejected_points"), 1)
        report = self.report()
        self.assertEqual((report["unchanged"], report["refused"], report["set_aside"]), (48, 0, 1))

    def test_one_point_that_it_refuses_for_good_does_not_block_what_waits(self):
        self.conflict_in_the_middle()
        self.influx.stop()
        self.report(expect=75)
        self.influx.start()
        report = self.drain(expect=1)
        self.assertEqual((report["drained"], report["refused"], report["left"]), (47, 1, 0))
        self.assertIn("spool list --rejected", report["error"]["remedy"])
        self.assertEqual(self.drain()["sinks"], [])
        listed = self.rejected()
        self.assertEqual((listed["points"], listed["rejected"][0]["bucket"]), (1, "weather"))
        self.assertIn("field type conflict", listed["rejected"][0]["reason"])
        self.assertIn("1 point refused for good", self.run_collector("spool", "list"))
        self.assertIn("1 point refused by bucket weather at http://", self.run_collector("spool", "list", "--rejected"))
        self.assertEqual(len(self.run_collector("spool", "export", "--rejected").splitlines()), 1)
        self.assertEqual(self.drain("--rejected", expect=1)["refused"], 1)
        self.repair_the_conflict()
        report = self.drain("--rejected")
        self.assertEqual((report["drained"], report["refused"]), (1, 0))
        self.assert_window_once()
        self.assertEqual(self.run_collector("spool", "list", "--rejected"), "no store has refused anything\n")

    def test_killed_at_any_moment_while_it_refuses_a_point(self):
        self.conflict_in_the_middle()
        self.influx.stop()
        self.report(expect=75)
        self.influx.start()
        chance = random.Random()
        for _ in range(KILLS):
            process = self.start(*chance.choice(((), ("spool", "drain"), ("spool", "drain", "--rejected"))))
            time.sleep(chance.random() * 0.1)
            process.kill()
            process.communicate()
        self.repair_the_conflict()
        self.drain()
        self.drain("--rejected")
        self.assert_window_once()

    def test_what_is_older_than_its_retention_is_set_aside_without_a_failure(self):
        self.influx.query("DROP DATABASE weather")
        self.influx.query("CREATE DATABASE weather WITH DURATION 24h SHARD DURATION 1h")
        report = self.report()
        self.assertGreater(report["refused"], 20)
        self.assertEqual(report["written"] + report["refused"], 48)
        self.assertIn("does not keep any more", self.err)

    def test_a_missing_retention_policy_is_waited_for(self):
        self.influx.query("DROP RETENTION POLICY autogen ON weather")
        report = self.report(expect=75)
        self.assertIn("retention policy not found", report["error"]["message"])
        self.influx.query("CREATE RETENTION POLICY autogen ON weather DURATION INF REPLICATION 1 DEFAULT")
        self.assertEqual(self.drain()["drained"], 48)

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
                            "           %s}\n" % (self.url, RETRY))
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

    def test_a_point_that_it_refuses_for_good_is_set_aside(self):
        hour = int(time.time()) // 3600 * 3600 - 20 * 3600
        request = urllib.request.Request(self.url + "/control/refuse", json.dumps({"time": hour * 10**9}).encode())
        urllib.request.urlopen(request, timeout=10).close()
        self.fault(path="write", status=503)
        self.report(expect=75)
        self.fault()
        report = json.loads(self.run_collector("spool", "drain", "-o", "json", expect=1))
        self.assertEqual((report["drained"], report["refused"], report["left"]), (47, 1, 0))
        listed = json.loads(self.run_collector("spool", "list", "--rejected", "-o", "json"))
        self.assertIn("422", listed["rejected"][0]["reason"])
        self.run_collector("spool", "clear", "--rejected", "--yes")
        self.assertEqual(json.loads(self.run_collector("spool", "list", "-o", "json"))["rejected"], 0)

    def stats(self):
        with urllib.request.urlopen(self.url + "/control/stats", timeout=10) as response:
            return json.load(response)

    def drain(self, expect=0):
        return json.loads(self.run_collector("spool", "drain", "-o", "json", expect=expect))

    def test_a_short_trouble_is_overcome_within_the_run(self):
        self.fault(path="write", status=503, times=1)
        report = self.report()
        self.assertEqual((report["written"], report["store"]["retries"]), (48, 1))
        self.assertEqual(report["store"]["breaker"], "closed")
        self.assertEqual(self.metric("weather_collector_store_retries_total"), 1)

    def test_a_server_that_fails_and_fails_is_left_alone_and_tried_once_by_hand(self):
        self.fault(path="query", status=500)
        for _ in range(3):
            report = self.report(expect=75)
        self.assertEqual((report["store"]["breaker"], report["store"]["failures"]), ("open", 5))
        self.assertEqual(self.metric("weather_collector_store_breaker_open"), 1)
        self.stats()
        report = self.report(expect=75)
        self.assertIn("failed 5 times and is left alone until", report["error"]["message"])
        self.assertEqual(self.stats(), {})
        self.fault(path="write", status=503)
        self.drain(expect=75)
        self.assertEqual(self.stats(), {"write": 1})
        self.fault()
        self.assertEqual(self.drain()["drained"], 48)
        self.assertEqual(self.report()["store"]["failures"], 0)

    def test_a_server_that_asks_to_be_left_alone_is(self):
        later = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 600))
        for wait in ("600", later):
            self.fault(path="write", status=429, retry_after=wait)
            report = self.report(expect=75)
            self.assertIn("429", report["error"]["message"])
            self.assertEqual(self.stats()["write"], 1)
            self.fault()
            self.assertIn("asked to be left alone until", self.report(expect=75)["error"]["message"])
            self.assertIn("left alone until", self.run_collector(expect=75))
            self.drain(expect=75)
            self.assertEqual(self.stats(), {}, "nobody asks it, by hand neither")
            shutil.rmtree(self.directory / "cache/spool/stores")
        self.assertEqual(self.drain()["drained"], 48)

    def test_a_token_that_is_refused_is_said_and_costs_no_points(self):
        report = self.report(expect=4, INFLUX_TOKEN="wrong")
        self.assertIn("401", report["error"]["message"])
        self.assertIn("bucket weather", report["error"]["message"])
        self.assertIn("influxdb.token", report["error"]["remedy"])
        self.assertEqual(self.stats(), {"query": 1})
        self.assertEqual(report["spooled"], 48)
        self.assertEqual(self.report()["drained"], 48)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--collector", required=True)
    options, rest = parser.parse_known_args()
    world.PROGRAM["collector"] = options.collector
    unittest.main(argv=["influx_test.py", *rest])
