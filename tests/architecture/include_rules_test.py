#!/usr/bin/env python3
"""The dependencies between the parts of the project, checked. Each rule says why it is there.

Usage: include_rules_test.py [SOURCE_DIRECTORY]
Prints one line for each violation, path:line: what; and why. Exit status 1 when there is one.
"""

import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
PARTS = ("common", "orchestrator", "collector", "tests")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
MAX_LINES = 400
# Worlds of a test are long, and the rule that one file knows sdbus-c++ weighs more than its length.
MAX_LINES_ELSEWHERE = {"tests/": 700, "common/adapters/sdbus_systemd.cpp": 600}

# Standard and system headers have no directory, or one of these.
SYSTEM_DIRECTORIES = ("sys/", "linux/", "bits/", "netinet/", "arpa/")
THIRD_PARTY_WITHOUT_DIRECTORY = ("sqlite3.h", "archive.h", "archive_entry.h", "zlib.h", "yaml.h")
# Composition roots. wxctl's is apart from its main, so that a test can put another observer of effects around it.
MAINS = re.compile(r"^(orchestrator/host/host\.cpp|orchestrator/(.*/)?main[^/]*\.cpp|orchestrator/sandbox/dev_main\.cpp|collector/main\.cpp|tests/.*)$")
PURE = re.compile(r"^orchestrator/(domain/|routing/(route|ledger|ticket)\.)")
DOMAIN_WORDS = re.compile(r"weather|met[ _-]?office|temperature", re.IGNORECASE)


def is_third_party(header):
    if header.startswith(SYSTEM_DIRECTORIES) or header.startswith(PARTS):
        return False
    return "/" in header or header in THIRD_PARTY_WITHOUT_DIRECTORY


# (applies to path, forbids header, reason)
RULES = [
    (lambda p: p.startswith("common/"), lambda h: h.startswith(("collector/", "orchestrator/")),
     "common is what both programs share: it knows neither"),
    (lambda p: p.startswith("collector/"), lambda h: h.startswith("orchestrator/"),
     "the collector is deployed like anybody's program: it knows nothing of the orchestrator"),
    (lambda p: p.startswith("orchestrator/"), lambda h: h.startswith("collector/"),
     "the orchestrator delivers any program: it knows nothing of this one"),
    (lambda p: p.startswith(("common/core/", "common/ports/")), is_third_party,
     "core and ports outlive every library: third-party code is wrapped in an adapter"),
    (lambda p: PURE.match(p), lambda h: h.startswith("common/adapters/")
     or (h.startswith("common/ports/") and h != "common/ports/clock.hpp"),
     "decisions are pure functions of data, so that tests need no machine (types of clock.hpp are data)"),
    (lambda p: p != "common/adapters/sdbus_systemd.cpp", lambda h: h.startswith("sdbus-c++/"),
     "sdbus-c++ throws and changes its API: one adapter knows it"),
    (lambda p: not MAINS.match(p) and not p.startswith("common/adapters/"), lambda h: h.startswith("common/adapters/"),
     "only a main composes adapters; everything else is given ports"),
    (lambda p: p.endswith(".hpp") and not p.endswith("/json_values.hpp"),
     lambda h: h.startswith("nlohmann/") or h.endswith("/json_values.hpp"),
     "nlohmann/json costs a second of compile time for each file that sees it: keep it in .cpp files"),
]


def sources():
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*")):
            if path.suffix in (".cpp", ".hpp"):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8").splitlines()


def include_violations(path, lines):
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        for applies, forbids, reason in RULES:
            if applies(path) and forbids(match[2]):
                yield f"{path}:{number}: includes {match[2]}; {reason}"


def size_violations(path, lines):
    allowed = next((lines for start, lines in MAX_LINES_ELSEWHERE.items() if path.startswith(start)), MAX_LINES)
    if len(lines) > allowed:
        yield f"{path}:{allowed + 1}: has {len(lines)} lines; a file of more than {allowed} has more than one purpose"


def word_violations():
    for path in sorted((ROOT / "orchestrator").rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(ROOT).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := DOMAIN_WORDS.search(line):
                yield f"{name}:{number}: says \"{match[0]}\"; the orchestrator delivers any program and knows no domain"


def main():
    violations = []
    count = 0
    for path, lines in sources():
        count += 1
        violations += include_violations(path, lines)
        violations += size_violations(path, lines)
    violations += word_violations()
    if count == 0:
        violations.append(f"{ROOT}: has no sources; is it the right directory?")
    for violation in violations:
        print(violation)
    print(f"{count} files, {len(violations)} violations of the architecture")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
