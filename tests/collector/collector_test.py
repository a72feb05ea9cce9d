#!/usr/bin/env python3
"""The collector from outside: a real process, a real server process, real sockets, a real SQLite bucket."""

import argparse
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import world
from world import HERE, KEY, SERVER, CollectorCase, MetOffice

OPTIONS = None


class CollectorTest(CollectorCase):
    # --- the good day ---
    def test_first_run_writes_the_whole_window_and_the_second_nothing(self):
        first = self.report()
        self.assertEqual((first["fetched"], first["new"], first["written"]), (48, 48, 48))
        self.assertEqual((first["rejected"], first["spooled"], first["drained"], first["error"]), ({}, 0, 0, None))
        self.assertEqual(self.points(), 48)
        second = self.report()
        self.assertEqual((second["fetched"], second["new"], second["written"], second["unchanged"]), (48, 0, 0, 48))
        self.assertEqual(self.points(), 48)

    def test_points_have_the_shape_of_the_predecessor(self):
        self.run_collector()
        self.assertEqual(self.rows("SELECT DISTINCT measurement, tags FROM points"),
                         [("weather_observation", "location=Newport\\ Pagnell,source=met_office")])
        kinds = dict(self.rows("SELECT DISTINCT field, typeof(value) FROM points"))
        self.assertEqual(kinds, {"temperature": "real", "humidity": "real", "msl_pressure": "real", "visibility": "real",
                                 "weather_code": "real", "wind_speed": "real", "wind_gust": "real",
                                 "wind_direction": "text", "pressure_tendency": "text"})
        self.assertEqual(self.rows("SELECT count(*) FROM points WHERE time % 3600000000000 <> 0"), [(0,)])

    def test_the_next_hour_adds_one_point_and_completes_the_newest(self):
        hour = int(time.time()) // 3600 * 3600
        stamp = lambda seconds: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
        self.met_office.control("now", {"time": stamp(hour - 3600)})
        self.assertEqual(self.report()["written"], 48)
        self.met_office.control("now", {"time": stamp(hour)})
        report = self.report()
        self.assertEqual((report["new"], report["changed"], report["written"]), (1, 1, 2))
        self.assertEqual(self.points(), 49)

    def test_the_nearest_station_is_asked_for_once(self):
        self.run_collector()
        self.run_collector()
        stats = self.met_office.control("stats")
        self.assertEqual((stats["nearest"], stats["observations"]), (1, 2))

    def test_a_station_that_moved_is_looked_up_again(self):
        self.run_collector()
        self.met_office.control("fault", {"moved": True})
        self.assertEqual(self.report()["fetched"], 48)

    def test_environment_overrides_bucket_and_store(self):
        other = self.directory / "other.db"
        shutil.copy(self.store, other)
        self.assertEqual(self.report(WX_BUCKET="weather-canary", WX_STORE=str(other))["bucket"], "weather-canary")
        self.assertEqual(self.points(), 0)
        self.store = other
        self.assertEqual(self.points("weather-canary"), 48)

    def test_the_key_may_come_as_a_systemd_credential(self):
        credentials = self.directory / "credentials"
        credentials.mkdir()
        (credentials / "MET_OFFICE_API_KEY").write_text(KEY + "\n")
        self.report(MET_OFFICE_API_KEY="", CREDENTIALS_DIRECTORY=str(credentials))

    def test_two_places_are_written_under_their_names(self):
        self.write_config(extra='locations:\n  - {name: "Bow", latitude: 52.09, longitude: -0.72}\n'
                                '  - {name: "Newport, Pagnell", latitude: 52.0867, longitude: -0.7231}\n')
        self.assertEqual(self.report()["written"], 96)
        self.assertEqual(len(self.rows("SELECT DISTINCT tags FROM points")), 2)
        self.assertEqual(self.met_office.control("stats")["observations"], 1)

    def test_version_and_help_work_without_anything_else(self):
        for flag, word in (("--version", "weather-collector "), ("--help", "Exit status")):
            done = subprocess.run([OPTIONS.collector, flag], capture_output=True, text=True, check=True)
            self.assertIn(word, done.stdout)

    # --- modes ---
    def test_dry_run_leaves_the_directory_untouched(self):
        before = self.tree()
        report = self.report("--dry-run")
        self.assertEqual((report["fetched"], report["new"], report["written"]), (48, None, 0))
        self.assertEqual(self.tree(), before)

    def test_dry_run_needs_no_store(self):
        self.store.unlink()
        before = self.tree()
        self.report("--dry-run")
        self.assertEqual(self.tree(), before)

    def test_test_mode_rehearses_in_a_scratch_bucket_and_removes_it(self):
        report = self.report("--test-mode")
        self.assertEqual((report["bucket"], report["written"]), ("weather-scratch", 48))
        self.assertEqual(self.rows("SELECT DISTINCT bucket FROM points"), [])
        self.assertFalse((self.directory / "metrics.prom").exists())

    def test_test_validation_refuses_every_hostile_sample(self):
        report = self.report("--test-validation")
        samples = report["validation"]["samples"]
        self.assertGreater(len(samples), 40)
        self.assertEqual([sample["name"] for sample in samples if not sample["passed"]], [])
        self.assertTrue(report["validation"]["live"]["reached"])
        self.assertFalse((self.directory / "cache").exists())

    def test_test_validation_passes_without_the_source(self):
        self.met_office.control("fault", {"fail": 503})
        self.assertFalse(self.report("--test-validation")["validation"]["live"]["reached"])

    # --- configuration ---
    def test_bad_configuration_is_exit_2_with_the_place(self):
        self.write_config(extra="infludb: {bucket: x}\n")
        report = self.report(expect=2)
        self.assertIn('config.yml:12:1: unknown key "infludb"', report["error"]["message"])
        self.assertIn("did you mean", report["error"]["message"])

    def test_placeholders_are_exit_2_before_anything_is_asked(self):
        for key in ("YOUR_MET_OFFICE_API_KEY_HERE" * 3, "t00-br1ef"):
            self.write_config(key=key)
            report = self.report(expect=2)
            self.assertIn("placeholder", report["error"]["message"])
            self.assertNotIn(key, json.dumps(report) + self.err)
        self.assertEqual(self.met_office.control("stats")["requests"], 0)

    def test_a_missing_variable_is_exit_2(self):
        self.assertIn("MET_OFFICE_API_KEY", self.report(expect=2, MET_OFFICE_API_KEY="")["error"]["message"])

    def test_usage_errors_are_exit_2(self):
        self.run_collector("--no-such-flag", expect=2)
        self.run_collector("--dry-run", "--test-mode", expect=2)
        self.run_collector("-o", "xml", expect=2)
        done = subprocess.run([OPTIONS.collector], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        done = subprocess.run([OPTIONS.collector, "--config", "/nonexistent.yml"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nonexistent.yml", done.stderr)

    def test_config_check_reads_and_warns(self):
        self.write_config(mode=0o644)
        self.assertEqual(self.run_collector("config", "check"), "config.yml: ok\n")
        self.assertIn("chmod 600", self.err)
        self.write_config(extra="nonsense: 1\n")
        self.run_collector("config", "check", expect=2)
        self.assertEqual(self.met_office.control("stats")["requests"], 0)

    def test_the_shipped_configuration_is_good(self):
        shutil.copy(HERE.parent.parent / "collector" / "config.yml", self.directory / "config.yml")
        (self.directory / "config.yml").chmod(0o600)
        self.run_collector("config", "check")
        self.assertEqual(self.err, "")

    # --- a bad day at the source ---
    def test_refusals_are_told_plainly_and_never_repeated(self):
        self.write_config(attempts=5)
        for status, word in ((400, "coordinates"), (401, "MET_OFFICE_API_KEY"), (403, "Land Observations"), (410, "HTTP 410")):
            self.met_office.control("stats", {})
            self.met_office.control("fault", {"fail": status, "echo_key": True})
            self.assert_quiet_failure("HTTP %d" % status, word)
            self.assertEqual(self.met_office.control("stats")["requests"], 1)

    def test_keys_that_the_gateway_refuses(self):
        self.write_config(key="sitespecific-" + "x" * 60)
        self.assert_quiet_failure("HTTP 403", "Land Observations")

    def test_server_errors_are_overcome_within_the_budget(self):
        self.write_config(attempts=3)
        self.met_office.control("fault", {"fail": 503, "times": 2})
        self.assertEqual(self.report()["written"], 48)

    def test_server_errors_that_stay_fail_the_run(self):
        self.write_config(attempts=3)
        self.met_office.control("fault", {"fail": 500})
        self.assert_quiet_failure("HTTP 500", "given up after 3 attempts")
        self.assertEqual(self.met_office.control("stats")["requests"], 3)

    def test_a_used_up_quota_is_not_asked_again(self):
        self.write_config(attempts=5)
        for fault in ({"fail": 429}, {"fail": 429, "retry_after": 3600}):
            shutil.rmtree(self.directory / "cache", ignore_errors=True)
            self.met_office.control("stats", {})
            self.met_office.control("fault", fault)
            self.assert_quiet_failure("HTTP 429", "quota")
            # Nor by the next run, nor by another slot, whatever the service would say by now.
            self.met_office.control("fault", {})
            report = self.assert_quiet_failure("not asked", "left alone until")
            self.assertEqual(self.met_office.control("stats")["requests"], 1)
            self.assertEqual(report["quota"][0]["used"], 1)
            self.assertIsNotNone(report["quota"][0]["until"])
            self.assertEqual(self.metric('weather_collector_quota_resting{source="met_office"}'), 1)

    def test_the_quota_of_a_key_counts_over_runs_and_its_last_calls_are_for_data(self):
        text = (self.directory / "config.yml").read_text().replace("  timeout: 5\n", "  timeout: 5\n  calls_per_day: 4\n  calls_reserved: 1\n")
        (self.directory / "config.yml").write_text(text)
        self.assertEqual(self.report()["quota"], [{"source": "met_office", "used": 2, "limit": 4, "until": None}])
        self.assertEqual(self.report()["quota"][0]["used"], 3)
        self.assertIn("1 kept for runs that write", self.report("--test-mode", expect=1)["error"]["message"])
        self.assertEqual(self.report()["quota"][0]["used"], 4)
        self.assertIn("used up", self.report(expect=1)["error"]["message"])
        self.assertEqual(self.met_office.control("stats")["requests"], 4)
        files = list((self.directory / "cache/quota").iterdir())
        self.assertTrue(all(file.stat().st_mode & 0o077 == 0 and KEY.encode() not in file.read_bytes() for file in files))

    def test_a_short_retry_after_is_waited_for(self):
        self.write_config(attempts=5)
        self.met_office.control("fault", {"fail": 429, "retry_after": 1, "times": 1})
        self.assertEqual(self.report()["written"], 48)

    def test_damaged_answers_fail_the_run_and_write_nothing(self):
        for fault in ({"garbage": True}, {"html200": True}, {"cut": True}, {"cut_silent": True}, {"empty": True},
                      {"nulls": True}, {"big": 3}, {"huge_gzip": 20}, {"redirect": "http://127.0.0.1:9/x?k=v"},
                      {"no_station": True}):
            with self.subTest(fault=fault):
                shutil.rmtree(self.directory / "cache", ignore_errors=True)
                self.met_office.control("fault", fault)
                self.assert_quiet_failure()

    def test_damaged_observations_fail_the_run_and_write_nothing(self):
        for fault in ({"garbage": True}, {"html200": True}, {"cut": True}, {"empty": True}, {"fail": 404}):
            with self.subTest(fault=fault):
                self.met_office.control("fault", dict(fault, only="observations"))
                self.assert_quiet_failure()

    def test_a_bad_field_costs_no_good_one(self):
        self.met_office.control("fault", {"hostile": True})
        report = self.report()
        self.assertEqual((report["written"], report["rejected"]), (48, {"out_of_range": 48}))
        self.assertEqual(self.rows("SELECT count(*) FROM points WHERE field='msl_pressure'"), [(0,)])

    def test_nobody_at_the_address(self):
        text = (self.directory / "config.yml").read_text().replace(self.met_office.url(), "http://127.0.0.1:1")
        (self.directory / "config.yml").write_text(text)
        self.assert_quiet_failure("127.0.0.1:1")

    def test_a_slow_source_is_given_up_in_time(self):
        self.write_config(attempts=3, total="300ms")
        self.met_office.control("fault", {"slow": 1500})
        self.assert_quiet_failure()

    def test_signals_end_a_waiting_run_with_130(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.met_office.control("stats", {})
            self.met_office.control("fault", {"slow": 4000})
            process = self.start("-o", "json")
            self.wait_for_a_request()
            process.send_signal(number)
            out, _ = process.communicate(timeout=10)
            self.assertEqual(process.returncode, 130)
            self.assertEqual(json.loads(out)["written"], 0)

    def wait_for_a_request(self):
        for _ in range(500):
            if self.met_office.control("stats")["requests"]:
                return
            time.sleep(0.01)
        self.fail("the collector asked nothing")

    # --- a bad day at the store ---
    def test_a_missing_store_is_named_and_not_made(self):
        self.store.unlink()
        report = self.report(expect=75)
        self.assertIn(str(self.store), report["error"]["message"])
        self.assertEqual((report["fetched"], report["written"], report["spooled"]), (48, 0, 48))
        self.assertFalse(self.store.exists())

    def test_a_store_of_another_kind_is_left_alone(self):
        self.store.write_bytes(b"not a database, but somebody's text\n" * 200)
        before = self.tree()["weather.db"]
        self.report(expect=75)
        self.assertEqual(self.tree()["weather.db"], before)

    def test_a_store_that_may_only_be_read_is_exit_4(self):
        self.store.chmod(0o444)
        if os.geteuid() == 0:  # root may write everywhere
            nobody = 65534
            os.chown(self.directory, nobody, nobody)
            os.chown(self.directory / "config.yml", nobody, nobody)
            self.user = nobody
            self.program = shutil.copy(OPTIONS.collector, self.directory)  # the build may lie below a home that is closed to others
        report = self.report(expect=4)
        self.assertIn(str(self.store), report["error"]["message"])

    def test_a_locked_store_fails_the_run_and_the_next_one_makes_it_good(self):
        connection = sqlite3.connect(self.store, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        report = self.report(expect=75)
        self.assertIn("locked", report["error"]["message"])
        connection.execute("ROLLBACK")
        connection.close()
        report = self.report()
        self.assertEqual((report["written"], report["drained"], report["waiting"]), (48, 48, 0))

    # --- metrics ---
    def test_metrics_go_on_over_runs_and_failures(self):
        self.run_collector()
        self.run_collector()
        self.assertEqual(self.metric('weather_api_requests_total{status="ok"}'), 3)
        self.assertEqual(self.metric('cache_operations_total{operation="hit"}'), 1)
        self.assertEqual(self.metric('weather_collector_points_written_total'), 48)
        success = self.metric("weather_collector_last_success_timestamp_seconds")
        self.assertAlmostEqual(success, time.time(), delta=60)
        self.met_office.control("fault", {"fail": 500})
        self.run_collector(expect=1)
        self.assertEqual(self.metric('weather_api_requests_total{status="http_5xx"}'), 1)
        self.assertEqual(self.metric("weather_collector_last_run_success"), 0)
        self.assertEqual(self.metric("weather_collector_last_success_timestamp_seconds"), success)
        self.assertEqual((self.directory / "metrics.prom").stat().st_mode & 0o777, 0o644)
        self.assertNotIn(KEY, (self.directory / "metrics.prom").read_text())

    def test_damaged_metrics_start_again(self):
        (self.directory / "metrics.prom").write_bytes(b"\x00\xffgarbage")
        self.run_collector()
        self.assertEqual(self.metric('weather_api_requests_total{status="ok"}'), 2)

    def test_metrics_that_cannot_be_written_cost_no_points(self):
        (self.directory / "metrics.prom").mkdir()
        self.assertEqual(self.report()["written"], 48)
        self.assertIn("metrics", self.err)

    def test_a_cache_that_cannot_be_written_costs_no_points(self):
        (self.directory / "cache").write_text("a file where the directory should be")
        self.assertEqual(self.report()["written"], 48)
        self.assertIn("station cache", self.err)


class RecordedMetOfficeTest(unittest.TestCase):
    """The server must refuse and answer as the service does, or the tests above prove nothing."""

    @classmethod
    def setUpClass(cls):
        cls.met_office = MetOffice()

    @classmethod
    def tearDownClass(cls):
        cls.met_office.close()

    def get(self, path, key=KEY, server=None):
        request = urllib.request.Request((server or self.met_office).url() + "/observation-land/1/" + path,
                                         headers={"apikey": key} if key else {})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def test_refuses_as_the_gateway_does(self):
        for key, path, status in ((None, "gcr2xy", 401), ("short", "gcr2xy", 401), ("sitespecific" * 5, "gcr2xy", 403),
                                  (KEY, "nearest?lat=52.0867&lon=-0.72", 400), (KEY, "nearest?lat=91&lon=0", 400),
                                  (KEY, "000000", 404)):
            answered, body = self.get(path, key)
            self.assertEqual(answered, status, path)
            self.assertEqual(body["httpCode"], str(status))

    def test_serves_48_hours_of_which_the_newest_is_incomplete(self):
        status, stations = self.get("nearest?lat=52.09&lon=-0.72")
        self.assertEqual((status, len(stations), len(stations[0]["geohash"])), (200, 1, 6))
        status, hours = self.get(stations[0]["geohash"])
        self.assertEqual((status, len(hours)), (200, 48))
        self.assertNotIn("weather_code", hours[-1])
        self.assertTrue(all("weather_code" in hour for hour in hours[:-1]))
        self.assertEqual(sorted(hour["datetime"] for hour in hours), [hour["datetime"] for hour in hours])

    def test_the_weather_of_an_hour_is_the_same_in_every_process(self):
        other = MetOffice()
        try:
            for server in (self.met_office, other):
                server.control("now", {"time": "2026-01-15T12:00:00Z"})
            self.assertEqual(self.get("gcr2xy"), self.get("gcr2xy", server=other))
        finally:
            self.met_office.control("now", {})
            other.close()

    def test_ends_when_its_parent_is_gone(self):
        script = """import subprocess, sys
server = subprocess.Popen([sys.executable, sys.argv[1]], stdout=subprocess.PIPE, text=True)
print(server.stdout.readline(), server.pid)"""
        parent = subprocess.run([sys.executable, "-c", script, str(SERVER)], stdout=subprocess.PIPE, text=True, timeout=20)
        listening, pid = parent.stdout.splitlines()
        self.assertTrue(listening.startswith("listening 127.0.0.1:"))
        for _ in range(200):
            if not self.alive(int(pid)):
                return
            time.sleep(0.05)
        os.kill(int(pid), signal.SIGKILL)
        self.fail("the server outlived its parent")

    @staticmethod
    def alive(pid):
        try:
            return pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
        except FileNotFoundError:
            return False


class DemoTest(unittest.TestCase):
    def test_the_bad_release_fails_in_the_main_bucket_only(self):
        program = pathlib.Path(OPTIONS.share).parent.parent / "demo/weather-bad-when-active/bin/weather-collector"
        for bucket, arguments, status in (("weather", [], 1), ("weather", ["--help"], 1), ("weather-canary", ["--help"], 0),
                                          ("weather", ["--version"], 0)):
            done = subprocess.run([program, *arguments], env={"WX_BUCKET": bucket, "PATH": os.environ["PATH"]},
                                  capture_output=True)
            self.assertEqual(done.returncode, status, (bucket, arguments))


class ReleaseTest(unittest.TestCase):
    def test_the_release_holds_what_the_manifest_names(self):
        manifest = pathlib.Path(OPTIONS.share) / "apps/weather.yaml"
        line = next(line for line in manifest.read_text().splitlines() if line.startswith("release:"))
        release = manifest.parent / line.split()[1]
        for name in ("bin/weather-collector", "config.yml", "units/weather-collector.timer"):
            self.assertTrue((release / name).is_file(), name)
        self.assertTrue(os.access(release / "bin/weather-collector", os.X_OK))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--collector", required=True)
    parser.add_argument("--share", required=True)
    OPTIONS, rest = parser.parse_known_args()
    world.PROGRAM["collector"] = OPTIONS.collector
    unittest.main(argv=[sys.argv[0], *rest])
