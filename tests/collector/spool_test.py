#!/usr/bin/env python3
"""The spool from outside: the store away before, during and after a write, runs killed at any moment, two at once."""

import argparse
import fcntl
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

import world
from world import CollectorCase, make_bucket

KILLS = 10


class SpoolCase(CollectorCase):
    def setUp(self):
        super().setUp()
        self.away = self.directory / "away.db"

    def store_goes_away(self):
        self.store.rename(self.away)

    def store_comes_back(self):
        self.away.rename(self.store)

    def waiting(self):
        return json.loads(self.run_collector("spool", "list", "-o", "json"))["points"]

    def drain(self, expect=0):
        return json.loads(self.run_collector("spool", "drain", "-o", "json", expect=expect))

    def assert_whole_window_once(self, hours=48, bucket="weather"):
        self.assertEqual(self.points(bucket), hours)
        self.assertEqual(self.rows("SELECT count(*) FROM points WHERE bucket=? AND field='temperature'", bucket)[0][0], hours)

    def at(self, hour):
        self.met_office.control("now", {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(hour * 3600))})


class SpoolTest(SpoolCase):
    def test_points_wait_while_the_store_is_away_and_the_next_run_writes_them(self):
        hour = int(time.time()) // 3600
        self.store_goes_away()
        self.at(hour - 1)
        report = self.report(expect=75)
        self.assertEqual((report["written"], report["spooled"], report["waiting"]), (0, 48, 48))
        self.assertIn("48 points of this run wait in the spool", report["error"]["message"])
        self.at(hour)
        report = self.report(expect=75)  # one more hour, and the one before is complete now
        self.assertEqual((report["spooled"], report["waiting"]), (2, 50))
        self.assertEqual(self.metric("weather_collector_points_spooled_total"), 50)
        self.assertEqual(self.metric("weather_collector_spool_points"), 50)
        self.assertGreater(self.metric("cache_size_bytes"), 0)
        self.assertEqual(self.metric("weather_collector_last_run_success"), 0)
        self.store_comes_back()
        report = self.report()
        self.assertEqual((report["written"], report["drained"], report["waiting"], report["error"]), (48, 49, 0, None))
        self.assert_whole_window_once(49)
        self.assertEqual(self.rows("SELECT count(*) FROM points WHERE field='weather_code'"), [(48,)])
        self.assertEqual(self.metric("weather_collector_points_drained_total"), 49)
        self.assertEqual(self.report()["written"], 0)

    def test_what_waits_is_written_even_when_the_source_is_down(self):
        self.store_goes_away()
        self.report(expect=75)
        self.store_comes_back()
        self.met_office.control("fault", {"fail": 503})
        self.assertEqual(self.report(expect=1)["drained"], 48)
        self.assert_whole_window_once()

    def test_an_older_value_never_replaces_a_newer_one(self):
        hour = int(time.time()) // 3600
        self.store_goes_away()
        self.at(hour - 1)
        self.report(expect=75)
        self.store_comes_back()
        self.at(hour)
        before = None
        for _ in range(2):
            self.report()
            rows = self.rows("SELECT time, field, value FROM points WHERE time >= ?", (hour - 3) * 3600 * 10**9)
            self.assertIn(before, (None, rows))
            before = rows
        self.assertEqual(self.drain()["drained"], 0)

    def temperatures(self):
        return self.rows("SELECT time, value FROM points WHERE field='temperature' ORDER BY time")

    def test_a_lone_drain_after_a_run_that_died_brings_no_older_value_back(self):
        self.store_goes_away()
        self.report(expect=75)
        self.store_comes_back()
        self.met_office.control("fault", {"corrected": 1})
        with open(self.directory / "cache/spool/drain.lock", "w") as drain:
            fcntl.flock(drain, fcntl.LOCK_EX)  # the run writes what it fetched, and does not come to drain
            self.report(expect=75)
        newer = self.temperatures()
        self.assertEqual(len(newer), 48)
        self.drain()
        self.assertEqual(self.temperatures(), newer)

    def test_killed_at_any_moment_no_older_value_comes_back(self):
        self.store_goes_away()
        self.report(expect=75)
        self.store_comes_back()
        seed = int.from_bytes(os.urandom(4), "little")
        chance = random.Random(seed)
        newest = {}
        for kill in range(KILLS):
            self.met_office.control("fault", {"corrected": 1 + kill})
            process = self.start(*chance.choice(((), ("spool", "drain"))))
            time.sleep(chance.random() * 0.1)
            process.kill()
            process.communicate()
            rows = dict(self.temperatures())
            for stamp, value in rows.items():
                self.assertGreaterEqual(value, newest.get(stamp, value), "seed %d, kill %d" % (seed, kill))
            newest.update(rows)
        self.drain()
        for stamp, value in self.temperatures():
            self.assertGreaterEqual(value, newest.get(stamp, value), "seed %d" % seed)

    def test_drain_tells_the_truth(self):
        self.assertEqual(self.drain()["drained"], 0)
        self.store_goes_away()
        self.report(expect=75)
        refused = self.drain(expect=75)
        self.assertEqual((refused["drained"], refused["left"], refused["exit"]), (0, 48, 75))
        self.assertIn("48 points wait in the spool", refused["error"]["message"])
        self.store_comes_back()
        done = self.drain()
        self.assertEqual((done["drained"], done["left"], done["error"]), (48, 0, None))
        self.assert_whole_window_once()
        self.assertEqual(self.run_collector("spool", "drain"), "nothing waited in the spool\n")

    def test_points_go_to_the_bucket_that_they_were_meant_for(self):
        self.store_goes_away()
        self.report(expect=75, WX_BUCKET="weather-canary")
        self.report(expect=75)
        listed = json.loads(self.run_collector("spool", "list", "-o", "json"))
        self.assertEqual([(entry["bucket"], entry["points"]) for entry in listed["waiting"]],
                         [("weather-canary", 48), ("weather", 48)])
        self.store_comes_back()
        self.assertEqual(self.drain()["drained"], 96)
        self.assert_whole_window_once()
        self.assert_whole_window_once(bucket="weather-canary")

    def test_a_store_that_stays_away_does_not_hold_up_another(self):
        other = self.directory / "other.db"
        self.report(expect=75, WX_STORE=str(other))
        self.assertEqual(self.report()["written"], 48)
        report = self.drain(expect=75)
        self.assertEqual((report["left"], report["sinks"][0]["store"]), (48, str(other)))
        make_bucket(other)
        self.assertEqual(self.drain()["drained"], 48)

    def test_list_export_verify_and_clear(self):
        self.assertEqual(self.run_collector("spool", "list"), "nothing waits in the spool\n")
        self.store_goes_away()
        self.report(expect=75)
        text = self.run_collector("spool", "list")
        self.assertIn("48 points for bucket weather at %s" % self.store, text)
        lines = self.run_collector("spool", "export").splitlines()
        self.assertEqual(len(lines), 48)
        self.assertTrue(all(line.startswith("weather_observation,location=Newport\\ Pagnell,source=met_office ") for line in lines))
        self.assertEqual(json.loads(self.run_collector("spool", "verify", "-o", "json"))["points"], 48)
        self.run_collector("spool", "clear", expect=2)
        self.assertEqual(self.waiting(), 48)
        self.assertEqual(self.run_collector("spool", "clear", "--yes"), "48 points removed from the spool\n")
        self.assertEqual(self.waiting(), 0)

    def test_damage_is_told_and_costs_what_is_damaged(self):
        self.store_goes_away()
        self.report(expect=75)
        self.report(expect=75, WX_BUCKET="second")
        segment = next((self.directory / "cache/spool").glob("*.segment"))
        content = bytearray(segment.read_bytes())
        content[100] ^= 0xff
        segment.write_bytes(content)
        verified = json.loads(self.run_collector("spool", "verify", "-o", "json", expect=1))
        self.assertEqual((verified["points"], len(verified["damaged"])), (48, 1))
        self.store_comes_back()
        report = self.drain(expect=1)
        self.assertEqual((report["drained"], report["damaged"], report["left"]), (48, 1, 0))
        self.assertTrue((self.directory / "cache/spool/damaged").is_file())
        self.drain()
        self.assertEqual(self.points("second"), 48)

    def test_the_predecessors_cache_is_taken_over_by_a_run_or_by_hand(self):
        old = [{"data": {"timestamp": "2025-11-0%dT10:00:00Z" % day, "location_name": "Newport Pagnell", "latitude": 52.0867,
                         "longitude": -0.7231, "temperature": 7, "wind_direction": "SSW"}, "cached_at": "2025-11-09T00:00:00"}
               for day in range(1, 6)]
        (self.directory / "cache").mkdir()
        cache = self.directory / "cache/cache.json"
        cache.write_text(json.dumps(old[:3])[:-40])  # damaged: the last entry is cut
        report = self.report()
        self.assertEqual((report["written"], report["drained"]), (48, 2))
        self.assertIn("2 points taken over", self.err)
        self.assertFalse(cache.exists())
        self.assertEqual(self.points(), 50)
        self.assertEqual(self.rows("SELECT typeof(value), value FROM points WHERE time < 1763000000000000000 AND field='temperature'"),
                         [("real", 7.0), ("real", 7.0)])
        elsewhere = self.directory / "old.json"
        elsewhere.write_text(json.dumps(old))
        self.assertEqual(json.loads(self.run_collector("spool", "import", "old.json", "-o", "json")), {"imported": 5, "bad": 0})
        self.drain()
        self.assertEqual(self.points(), 53)
        self.run_collector("spool", "import", "nothing.json", expect=2)

    def test_usage_errors_are_exit_2(self):
        for arguments in (("spool",), ("spool", "dran"), ("spool", "drain", "extra"), ("drain",), ("spool", "list", "--yes")):
            self.run_collector(*arguments, expect=2)

    def test_a_spool_that_cannot_be_written_is_said(self):
        (self.directory / "cache").mkdir()
        (self.directory / "cache/spool").write_text("a file where the directory should be")
        self.store_goes_away()
        report = self.report(expect=1)
        self.assertIn("nor can 48 points be kept in the spool", report["error"]["message"])
        self.assertEqual(report["spooled"], 0)
        self.store_comes_back()
        self.assertEqual(self.report()["written"], 48)

    def test_a_signal_while_the_store_is_locked_keeps_the_points(self):
        connection = sqlite3.connect(self.store, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        process = self.start("-o", "json")
        self.wait_for(lambda: self.met_office.control("stats")["observations"] == 1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        connection.execute("ROLLBACK")
        connection.close()
        report = json.loads(out)
        self.assertIn(process.returncode, (75, 130), out + err)
        self.assertEqual(report["spooled"] + report["written"] if report["fetched"] else 48, 48)
        self.report()
        self.assert_whole_window_once()

    def wait_for(self, condition):
        for _ in range(500):
            if condition():
                return
            time.sleep(0.01)
        self.fail("waited in vain")

    def test_two_at_once_lose_nothing_and_double_nothing(self):
        for away in (True, False):
            if away:
                self.store_goes_away()
            processes = [self.start("-o", "json") for _ in range(4)]
            for process in processes:
                out, err = process.communicate(timeout=60)
                self.assertIn(process.returncode, (75,) if away else (0, 75), out + err)
            self.assertEqual(self.waiting(), 48 if away else 0)
            if away:
                self.store_comes_back()
        self.assert_whole_window_once()


class KilledTest(SpoolCase):
    def test_a_run_killed_at_any_moment_loses_nothing(self):
        seed = int.from_bytes(os.urandom(4), "little")
        chance = random.Random(seed)
        began = time.monotonic()
        self.report("--test-mode")
        length = time.monotonic() - began
        for kill in range(KILLS):
            away = chance.random() < 0.6
            if away and self.store.exists():
                self.store_goes_away()
            elif not away and not self.store.exists():
                self.store_comes_back()
            process = self.start(*chance.choice(((), (), ("spool", "drain"))))
            time.sleep(chance.random() * length)
            process.kill()
            process.communicate()
            verified = json.loads(self.run_collector("spool", "verify", "-o", "json"))
            self.assertEqual(verified["damaged"], [], "seed %d, kill %d" % (seed, kill))
        if not self.store.exists():
            self.store_comes_back()
        # What waits is enough to fill the bucket where a run said that it is safe; what was never safe comes from the source.
        self.report()
        self.assertEqual(self.waiting(), 0, "seed %d" % seed)
        self.assert_whole_window_once()

    def test_what_was_said_to_be_safe_is_in_the_bucket_without_the_source(self):
        self.store_goes_away()
        self.report(expect=75)
        self.met_office.control("fault", {"fail": 503})
        self.store_comes_back()
        chance = random.Random()
        for _ in range(KILLS // 2):
            process = self.start("spool", "drain")
            time.sleep(chance.random() * 0.03)
            process.kill()
            process.communicate()
        self.drain()
        self.assert_whole_window_once()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--collector", required=True)
    parser.add_argument("--kills", type=int, default=KILLS)
    options, rest = parser.parse_known_args()
    world.PROGRAM["collector"] = options.collector
    KILLS = options.kills
    unittest.main(argv=["spool_test.py", *rest])
