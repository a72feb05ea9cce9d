#!/usr/bin/env python3
"""Sources beside Land Observations, each against a recorded server of its own as a process."""

import argparse
import sys
import time
import unittest

import world
from world import OPEN_METEO, CollectorCase, MetOffice


class OpenMeteoTest(CollectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_meteo = MetOffice(OPEN_METEO)

    @classmethod
    def tearDownClass(cls):
        cls.open_meteo.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        for what in ("fault", "now", "stats"):
            self.open_meteo.control(what, {})
        self.alone()

    def block(self, more=""):
        return ("open_meteo:\n  base_url: %s\n  timeout: 5\n"
                "  retry: {max_attempts: 3, initial_backoff: 20ms, max_backoff: 40ms, max_total_time: 20s}\n%s"
                % (self.open_meteo.url(), more))

    def alone(self, more="  location: {name: Bow, latitude: 52.09, longitude: -0.72}\n", extra=""):
        path = self.directory / "config.yml"
        path.write_text(self.block(more) + extra + "store: {path: weather.db}\nsecurity: {max_response_size_mb: 1}\n"
                        "monitoring: {metrics_file: metrics.prom}\n")
        path.chmod(0o600)

    def measurements(self):
        return dict(self.rows("SELECT measurement, count(DISTINCT time) FROM points GROUP BY 1"))

    def test_the_past_is_analysis_and_is_written_once(self):
        report = self.report(MET_OFFICE_API_KEY="")
        self.assertEqual((report["written"], report["rejected"], report["error"]), (49, {}, None))
        self.assertEqual(self.rows("SELECT DISTINCT measurement, tags FROM points"),
                         [("weather_analysis", "location=Bow,source=open_meteo")])
        self.assertEqual(self.rows("SELECT DISTINCT typeof(value) FROM points"), [("real",)])
        self.assertEqual(self.report()["unchanged"], 49)

    def test_hours_to_come_are_forecasts_and_never_the_newest(self):
        self.alone("  forecast_hours: 24\n  location: {name: Bow, latitude: 52.09, longitude: -0.72}\n")
        report = self.report()
        self.assertEqual(self.measurements(), {"weather_analysis": 49, "weather_forecast": 24})
        self.assertLessEqual(report["newest"]["Bow"], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        self.assertEqual(self.report()["unchanged"], 73)

    def test_many_places_are_one_request(self):
        self.alone("", "locations:\n" + "".join("  - {name: P%d, latitude: 52.%02d, longitude: 0}\n" % (i, i) for i in range(30)))
        self.assertEqual(self.report()["written"], 30 * 49)
        self.assertEqual(self.open_meteo.control("stats")["requests"], 1)

    def test_beside_the_met_office_and_neither_costs_the_other_its_data(self):
        self.write_config(extra=self.block())
        self.assertEqual(self.report()["written"], 48 + 49)
        self.assertEqual(self.measurements(), {"weather_observation": 48, "weather_analysis": 49})
        self.open_meteo.control("fault", {"fail": 400, "reason": "no such cell"})
        self.met_office.control("now", {"time": time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 3600))})
        self.assertIn("no such cell", self.report(expect=1)["error"]["message"])
        self.met_office.control("now", {})
        self.met_office.control("fault", {"fail": 403})
        self.open_meteo.control("fault", {})
        self.open_meteo.control("now", {"time": time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() - 3600))})
        self.assertIn("HTTP 403", self.report(expect=1)["error"]["message"])
        self.assertEqual(self.measurements()["weather_analysis"], 50)

    # --- a bad day ---
    def test_damaged_answers_fail_the_run_and_write_nothing(self):
        for fault in ({"garbage": True}, {"html200": True}, {"appended": True}, {"cut": True}, {"cut_silent": True}, {"empty": True},
                      {"nulls": True}, {"big": 3}, {"huge_gzip": 20}, {"redirect": "http://127.0.0.1:9/x"}):
            with self.subTest(fault=fault):
                self.open_meteo.control("fault", fault)
                self.assert_quiet_failure()

    def test_a_text_appended_once_is_overcome(self):
        self.open_meteo.control("fault", {"appended": True, "times": 1})
        self.assertEqual(self.report()["written"], 49)

    def test_one_bad_column_costs_no_other(self):
        for fault, reason in (({"units": "°F"}, "wrong_unit"), ({"unequal": True}, "wrong_type")):
            with self.subTest(fault=fault):
                self.open_meteo.control("fault", fault)
                report = self.report("--dry-run")
                self.assertEqual((report["valid"], report["rejected"]), (49, {reason: 49}))

    def test_refusals_are_told_in_the_words_of_the_service(self):
        self.open_meteo.control("fault", {"fail": 400, "reason": "Latitude must be in range"})
        self.assert_quiet_failure("HTTP 400", "Latitude must be in range")
        self.assertEqual(self.open_meteo.control("stats")["requests"], 1)


class ForecastTest(CollectorCase):
    FORECAST_KEY = "sitespecific-" + "x" * 60

    def setUp(self):
        super().setUp()
        self.write_config(extra="met_office_forecast:\n  api_key: ${FORECAST_KEY}\n  base_url: %s\n  retry: {max_attempts: 1}\n"
                          % self.met_office.url())

    def environment(self, **more):
        return super().environment(FORECAST_KEY=self.FORECAST_KEY, **more)

    def test_forecasts_have_a_measurement_of_their_own_and_hectopascals(self):
        report = self.report()
        self.assertEqual((report["written"], report["rejected"]), (48 + 49, {}))
        self.assertEqual(self.rows("SELECT DISTINCT tags FROM points WHERE measurement='weather_forecast'"),
                         [("location=Newport\\ Pagnell,source=met_office",)])
        low, high = self.rows("SELECT min(value), max(value) FROM points WHERE measurement='weather_forecast' "
                              "AND field='msl_pressure'")[0]
        self.assertTrue(990 < low < high < 1030, (low, high))
        self.assertEqual(self.rows("SELECT count(*) FROM points WHERE field='precipitation'"), [(48,)])
        self.assertLessEqual(report["newest"]["Newport Pagnell"], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        self.assertEqual(self.report()["unchanged"], 97)

    def test_a_pressure_that_is_in_hectopascals_already_is_refused(self):
        self.met_office.control("fault", {"mslp": 1009})
        report = self.report()
        self.assertEqual((report["written"], report["rejected"]), (97, {"out_of_range": 49}))

    def test_the_key_of_another_product_is_said_plainly_and_costs_no_observation(self):
        self.FORECAST_KEY = world.KEY
        error = self.report(expect=1)["error"]
        self.assertIn("HTTP 403", error["message"])
        self.assertIn("Site Specific", error["remedy"])
        self.assertEqual(self.points(), 48)

    def test_damaged_forecasts_write_nothing(self):
        for fault in ({"garbage": True}, {"html200": True}, {"cut": True}, {"cut_silent": True}, {"empty": True}, {"nulls": True},
                      {"big": 3}, {"huge_gzip": 20}, {"fail": 404}, {"fail": 429}, {"redirect": "http://127.0.0.1:9/x"}):
            with self.subTest(fault=fault):
                self.met_office.control("fault", dict(fault, only="forecasts"))
                self.report(expect=1)
                self.assertEqual(self.rows("SELECT DISTINCT measurement FROM points"), [("weather_observation",)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--collector", required=True)
    OPTIONS, rest = parser.parse_known_args()
    world.PROGRAM["collector"] = OPTIONS.collector
    unittest.main(argv=[sys.argv[0], *rest])
