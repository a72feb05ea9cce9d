"""A world for tests of the collector: the recorded Met Office as a process, a directory with a configuration and a bucket."""

import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SERVER = HERE.parent / "met_office" / "server.py"
OPEN_METEO = HERE.parent / "open_meteo" / "server.py"
KEY = "k3y-" + "0123456789abcdef" * 4
SCHEMA = """PRAGMA journal_mode=WAL;
CREATE TABLE points(bucket TEXT NOT NULL, measurement TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '', time INTEGER NOT NULL,
                    field TEXT NOT NULL, value, PRIMARY KEY(bucket, measurement, tags, time, field)) WITHOUT ROWID;
PRAGMA user_version=1;"""
# Set by the main program of a test.
PROGRAM = {"collector": None}


def make_bucket(path):
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()


class MetOffice:
    """The recorded Met Office as a child of this process."""

    def __init__(self, server=SERVER):
        self.process = subprocess.Popen([sys.executable, str(server), "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[1]

    def url(self):
        return "http://" + self.address

    def control(self, what, value=None):
        data = None if value is None else json.dumps(value).encode()
        with urllib.request.urlopen(self.url() + "/control/" + what, data=data, timeout=10) as response:
            return json.load(response)

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class CollectorCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.met_office = MetOffice()

    @classmethod
    def tearDownClass(cls):
        cls.met_office.close()

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="collector-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.user = None
        self.program = PROGRAM["collector"]
        self.met_office.control("fault", {})
        self.met_office.control("now", {})
        self.met_office.control("stats", {})
        self.store = self.directory / "weather.db"
        make_bucket(self.store)
        self.write_config()

    # --- the world ---
    def write_config(self, attempts=1, key="${MET_OFFICE_API_KEY}", extra="", mode=0o600, total="20s"):
        path = self.directory / "config.yml"
        path.write_text("""met_office:
  api_key: "%s"
  base_url: "%s"
  location: {name: "Newport Pagnell", latitude: 52.0867, longitude: -0.7231}
  timeout: 5
  retry: {max_attempts: %d, initial_backoff: 20ms, max_backoff: 40ms, max_total_time: %s}
influxdb: {bucket: weather}
store: {kind: sqlite, path: weather.db}
cache: {file_path: ./cache/cache.json}
security: {max_response_size_mb: 1}
monitoring: {metrics_file: metrics.prom}
%s""" % (key, self.met_office.url(), attempts, total, extra))
        path.chmod(mode)

    def environment(self, **more):
        environment = {"PATH": os.environ["PATH"], "MET_OFFICE_API_KEY": KEY, "NO_COLOR": "1"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        environment.update(more)
        return environment

    def start(self, *arguments, **environment):
        return subprocess.Popen([self.program, "--config", "config.yml", *arguments], cwd=self.directory,
                                env=self.environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                user=self.user)

    def run_collector(self, *arguments, expect=0, **environment):
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=60)
        self.assertNotIn(KEY, out + err, "the key was printed")
        self.assertEqual(process.returncode, expect, out + err)
        self.err = err
        return out

    def report(self, *arguments, expect=0, **environment):
        return json.loads(self.run_collector(*arguments, "-o", "json", expect=expect, **environment))

    def rows(self, query, *values):
        connection = sqlite3.connect(self.store)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def points(self, bucket="weather"):
        return self.rows("SELECT count(DISTINCT time) FROM points WHERE bucket=?", bucket)[0][0]

    def tree(self):
        return {str(path.relative_to(self.directory)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                for path in sorted(self.directory.rglob("*"))}

    def metric(self, key):
        for line in (self.directory / "metrics.prom").read_text().splitlines():
            if line.startswith(key + " "):
                return float(line.rsplit(" ", 1)[1])
        self.fail("no metric " + key)

    def assert_quiet_failure(self, *words, expect=1):
        """The run fails with one JSON document, says these words, and writes no point."""
        report = self.report(expect=expect)
        self.assertEqual(report["exit"], expect)
        self.assertEqual(report["written"], 0)
        for word in words:
            self.assertIn(word, report["error"]["message"] + " " + report["error"]["remedy"])
        self.assertEqual(self.points(), 0)
        return report
