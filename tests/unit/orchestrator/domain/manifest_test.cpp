#include "orchestrator/domain/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "common/core/text.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// Seven lines of the smallest manifest; what a test adds stands from line 8 on.
const std::string minimal = R"(apiVersion: wxctl/v1
kind: App
name: tides
service: tides.service
timer: tides.timer
program:
  exec: ["${release}/bin/tides"]
)";

Manifest parsed(std::string_view text) {
  auto manifest = parse_manifest("tides.yaml", text);
  EXPECT_TRUE(manifest) << manifest.error().message;
  return std::move(manifest).value();
}

// Every problem of the text, one a line.
std::string refusal(std::string_view text) {
  const auto manifest = parse_manifest("tides.yaml", text);
  if (manifest) return "(accepted)";
  EXPECT_EQ(manifest.error().code, Code::invalid);
  EXPECT_FALSE(manifest.error().remedy.empty());
  return manifest.error().message;
}

// The text with one of its lines replaced.
std::string with_line(const std::string& line, const std::string& replacement) {
  std::string text = minimal;
  const auto at = text.find(line + "\n");
  EXPECT_NE(at, std::string::npos) << line;
  return text.replace(at, line.size(), replacement);
}

TEST(Manifest, OfAFewLinesGetsTheDocumentedDefaults) {
  const Manifest manifest = parsed(minimal);
  EXPECT_EQ(manifest.name, "tides");
  EXPECT_EQ(manifest.service, "tides.service");
  ASSERT_TRUE(manifest.timer);
  EXPECT_EQ(manifest.timer->unit, "tides.timer");
  EXPECT_FALSE(manifest.timer->ours());
  EXPECT_EQ(manifest.program.cwd, "${state}");
  EXPECT_EQ(manifest.program.timeout, 300s);
  EXPECT_EQ(manifest.program.drain, 300s);
  EXPECT_EQ(manifest.program.stop, 10s);
  EXPECT_FALSE(manifest.program.repeatable);
  EXPECT_FALSE(manifest.config);
  EXPECT_FALSE(manifest.store);
  EXPECT_EQ(manifest.limits.disk_bytes, 100'000'000U);
  EXPECT_FALSE(manifest.limits.memory_bytes);
  EXPECT_FALSE(manifest.limits.loss_percent);
  EXPECT_FALSE(manifest.count_all);
  EXPECT_TRUE(manifest.hooks.empty());
}

TEST(Manifest, MayUseEveryKeyOfTheContract) {
  const Manifest manifest = parsed(R"(apiVersion: wxctl/v1
kind: App
name: tide-tables
service: tide-tables.service
timer: {unit: tide-tables.timer, OnCalendar: ["*:0/10", "Mon 03:00"], Persistent: true}
unit: {Unit: {After: network-online.target}, Service: {MemoryMax: 200M, Environment: [A=1, B=2]}}
release: ../releases/tide-tables
program:
  exec: ["${release}/bin/tides", "--config", "${config}"]
  version: ["${release}/bin/tides", "--version"]
  flush: ["${release}/bin/tides", "flush"]
  backfill: ["${release}/bin/tides", "--since", "2d"]
  cwd: "${shared}"
  env: {TIDES_BUCKET: "${bucket}", PRICE: "5$$"}
  secrets: [TIDES_API_KEY]
  timeout: 90s
  drain: 2m
  stop: 5s
  repeatable: true
config: {template: config.yml, set: {db.bucket: "${bucket}", cache.file: "${state}/cache.json"}}
store:
  kind: influxdb2
  url: https://db.example.org
  org: harbour
  token_file: /etc/tides.token
  measurement: tide
  active: {bucket: tides, url: https://db1.example.org, org: harbour, token_file: /etc/a.token}
  candidate: tides-trial
  reach: 48h
  tolerance: {abs: 0, rel: 1e-9}
metrics: {file: "${state}/metrics.prom"}
checks:
  dry-run: {exec: ["${release}/bin/tides", "--dry-run"], timeout: 20s}
  api: {http: "https://api.example.org/${app}", expect: [200, 401]}
  hits: {metric: {ratio: ['cache_total{op="hit"}', cache_total]}, min: 95%, window: 24h}
  lag: {metric: lag_seconds, max: 30}
limits: {memory: 100MB, cpu: 50%, loss: 0.1%, duration: 60s, disk: 1GiB, uptime: 99%, freshness: 1h}
samples: all
hooks: {on_phase: [{exec: [notify-send, "${app}"]}]}
contacts: ["ops@example.org"]
)");
  EXPECT_TRUE(manifest.timer->ours());
  ASSERT_EQ(manifest.timer->directives.size(), 3U);
  EXPECT_EQ(manifest.timer->directives[1].value, "Mon 03:00");
  ASSERT_EQ(manifest.unit.size(), 4U);
  EXPECT_EQ(manifest.unit[0].section, "Unit");
  EXPECT_EQ(manifest.unit[3].value, "B=2");
  EXPECT_EQ(manifest.release, "../releases/tide-tables");
  EXPECT_EQ(manifest.program.backfill.back(), "2d");
  EXPECT_THAT(manifest.program.env, ElementsAre(Pair("TIDES_BUCKET", "${bucket}"), Pair("PRICE", "5$$")));
  EXPECT_THAT(manifest.program.secrets, ElementsAre("TIDES_API_KEY"));
  EXPECT_EQ(manifest.program.timeout, 90s);
  EXPECT_EQ(manifest.program.drain, 120s);
  EXPECT_TRUE(manifest.program.repeatable);
  EXPECT_THAT(manifest.config->set,
              ElementsAre(Pair("db.bucket", "${bucket}"), Pair("cache.file", "${state}/cache.json")));
  EXPECT_EQ(manifest.store->active.bucket, "tides");
  EXPECT_EQ(manifest.store->candidate.bucket, "tides-trial");
  EXPECT_EQ(manifest.store->reach, 48h);
  EXPECT_EQ(manifest.metrics_file, "${state}/metrics.prom");
  ASSERT_NE(manifest.check("api"), nullptr);
  EXPECT_THAT(manifest.check("api")->expect, ElementsAre(200, 401));
  EXPECT_EQ(manifest.check("hits")->min, 0.95);
  EXPECT_EQ(manifest.check("hits")->ratio.size(), 2U);
  EXPECT_EQ(manifest.check("lag")->max, 30.0);
  EXPECT_EQ(manifest.check("nothing"), nullptr);
  EXPECT_EQ(manifest.limits.memory_bytes, 100'000'000U);
  EXPECT_EQ(manifest.limits.disk_bytes, 1ULL << 30);
  EXPECT_EQ(manifest.limits.cpu_percent, 50.0);
  EXPECT_EQ(manifest.limits.loss_percent, 0.1);
  EXPECT_EQ(manifest.limits.duration, 60s);
  EXPECT_TRUE(manifest.count_all);
  ASSERT_EQ(manifest.hooks.size(), 1U);
  EXPECT_EQ(manifest.hooks[0].name(), "notify-send ${app}");
  EXPECT_THAT(manifest.contacts, ElementsAre("ops@example.org"));
}

TEST(Manifest, WithoutATimerCountsEveryActivation) {
  EXPECT_TRUE(parsed(with_line("timer: tides.timer", "")).count_all);
  EXPECT_EQ(refusal(with_line("timer: tides.timer", "samples: timer")),
            "tides.yaml:5:10: samples: timer needs a timer");
}

TEST(Manifest, DrainsAsLongAsARunMayLastUnlessToldOtherwise) {
  EXPECT_EQ(parsed(minimal + "  timeout: 20s\n").program.drain, 20s);
  EXPECT_EQ(parsed(minimal + "  timeout: 20s\n  drain: 5s\n").program.drain, 5s);
}

TEST(Manifest, TellsUnknownKeysWithTheirPlaceAndTheNearestKnownOne) {
  EXPECT_EQ(refusal(minimal + "sevice: x\n"),
            "tides.yaml:8:1: unknown key \"sevice\" in the manifest (did you mean \"service\"?)");
  EXPECT_EQ(refusal(minimal + "  timeuot: 5s\n"),
            "tides.yaml:8:3: unknown key \"timeuot\" in program (did you mean \"timeout\"?)");
  EXPECT_EQ(refusal(minimal + "limits: {memroy: 1MB}\n"),
            "tides.yaml:8:10: unknown key \"memroy\" in limits (did you mean \"memory\"?)");
  EXPECT_EQ(refusal(minimal + "checks:\n  up: {htpp: \"https://x.example.org/\"}\n"),
            "tides.yaml:9:7: checks.up needs exactly one of exec, http, metric\n"
            "tides.yaml:9:8: unknown key \"htpp\" in checks.up (did you mean \"http\"?)");
  EXPECT_EQ(refusal(minimal + "config: {template: a.yml, sets: {a: b}}\n"),
            "tides.yaml:8:27: unknown key \"sets\" in config (did you mean \"set\"?)");
  EXPECT_EQ(refusal(minimal + "metrics: {fil: x}\n"),
            "tides.yaml:8:11: unknown key \"fil\" in metrics (did you mean \"file\"?)");
  EXPECT_EQ(refusal(minimal + "store: {path: a.db, active: a, candidate: b, meassurement: x}\n"),
            "tides.yaml:8:46: unknown key \"meassurement\" in store (did you mean \"measurement\"?)");
}

TEST(Manifest, TellsWhatIsMissing) {
  EXPECT_EQ(refusal("kind: App\n"),
            "tides.yaml:1:1: key \"apiVersion\" is missing in the manifest\n"
            "tides.yaml:1:1: key \"name\" is missing in the manifest\n"
            "tides.yaml:1:1: key \"service\" is missing in the manifest\n"
            "tides.yaml:1:1: key \"program\" is missing in the manifest");
  EXPECT_EQ(refusal(with_line("  exec: [\"${release}/bin/tides\"]", "  timeout: 5s")),
            "tides.yaml:7:3: key \"exec\" is missing in program");
  EXPECT_EQ(refusal(minimal + "config: {set: {a: b}}\n"),
            "tides.yaml:8:9: key \"template\" is missing in config");
  EXPECT_EQ(refusal(minimal + "store: {path: points.db, active: a}\n"),
            "tides.yaml:8:8: key \"candidate\" is missing in store");
}

TEST(Manifest, IsAMap) {
  EXPECT_EQ(refusal("- a\n- b\n"), "tides.yaml:1:1: expected the manifest to be a map, not a list");
  EXPECT_THAT(refusal(""), HasSubstr("expected the manifest to be a map, not an empty value"));
  EXPECT_THAT(refusal("a: [\n"), HasSubstr("tides.yaml:"));
}

TEST(Manifest, TellsAllProblemsAtOnce) {
  const std::string text = refusal(minimal + "  timeout: soon\ncolour: red\nlimits: {cpu: fast}\n");
  EXPECT_THAT(split(text, '\n'),
              ElementsAre("tides.yaml:8:12: timeout must be a duration such as 30s or 5m, not \"soon\"",
                          "tides.yaml:10:15: cpu must be a percentage such as 50%, not \"fast\"",
                          testing::StartsWith("tides.yaml:9:1: unknown key \"colour\" in the manifest")));
}

TEST(Manifest, OfAnotherKindOrVersionIsRefused) {
  EXPECT_EQ(refusal(with_line("apiVersion: wxctl/v1", "apiVersion: wxctl/v2")),
            "tides.yaml:1:13: apiVersion must be wxctl/v1, not \"wxctl/v2\"");
  EXPECT_EQ(refusal(with_line("kind: App", "kind: Playbook")),
            "tides.yaml:2:7: kind must be App, not \"Playbook\"");
}

TEST(Manifest, TakesNamesThatAreFitForPathsAndUnits) {
  for (const std::string name : {"Tides", "9tides", "ti.des", "ti/des", "\"..\"", "ti des"})
    EXPECT_THAT(refusal(with_line("name: tides", "name: " + name)),
                testing::StartsWith("tides.yaml:3:7: name must be lower-case letters, digits, - and _"))
        << name;
  EXPECT_THAT(refusal(with_line("name: tides", "name: " + std::string(65, 'a'))),
              HasSubstr("3:7: name must"));
  EXPECT_EQ(parsed(with_line("name: tides", "name: tide_2-b")).name, "tide_2-b");
}

TEST(Manifest, TakesUnitNamesOfTheRightKind) {
  for (const std::string unit : {"tides", "tides.timer", "tides@.service", "ti/des.service", ".service"})
    EXPECT_EQ(refusal(with_line("service: tides.service", "service: " + unit)),
              "tides.yaml:4:10: service must be a unit name that ends in .service, without @, not \"" + unit +
                  "\"");
  EXPECT_EQ(refusal(with_line("timer: tides.timer", "timer: tides")),
            "tides.yaml:5:8: timer needs a unit name that ends in .timer, not \"tides\"");
  EXPECT_EQ(refusal(with_line("timer: tides.timer", "timer: {OnCalendar: hourly}")),
            "tides.yaml:5:8: timer needs a unit name that ends in .timer, not \"\"");
  EXPECT_EQ(refusal(with_line("timer: tides.timer", "timer: {unit: a.timer, Unit: b.service}")),
            "tides.yaml:5:24: timer.Unit is the entry unit (service:) and cannot be set");
  EXPECT_EQ(refusal(with_line("timer: tides.timer", "timer: [tides.timer]")),
            "tides.yaml:5:8: timer must be a unit name or a map {unit: NAME.timer, OnCalendar: …}");
}

TEST(Manifest, CannotSetDirectivesThatRoutingDependsOn) {
  for (const char* key :
       {"Type", "ExecStart", "ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost", "ExecCondition",
        "ExecReload", "TimeoutStartSec", "TimeoutStopSec", "KillMode", "SendSIGKILL", "RemainAfterExit"})
    EXPECT_EQ(
        refusal(minimal + "unit:\n  Service:\n    MemoryMax: 1G\n    " + key + ": x\n"),
        std::string("tides.yaml:11:5: ") + key +
            "= is set by wxctl itself; program.timeout, program.stop and program.exec of the manifest say "
            "what you mean");
}

TEST(Manifest, TakesDirectivesOfTheSectionsUnitAndServiceOnly) {
  EXPECT_EQ(refusal(minimal + "unit: {Install: {WantedBy: default.target}}\n"),
            "tides.yaml:8:8: unit takes the sections Unit and Service, not \"Install\"");
  EXPECT_EQ(refusal(minimal + "unit: {Service: hot}\n"),
            "tides.yaml:8:17: unit section Service must be a map of directives");
  EXPECT_EQ(refusal(minimal + "unit: [a]\n"),
            "tides.yaml:8:7: unit must be a map of sections, such as {Service: {MemoryMax: 200M}}");
  EXPECT_EQ(refusal(minimal + "unit: {Service: {MemoryMax: {a: b}}}\n"),
            "tides.yaml:8:29: Service.MemoryMax must be a single value");
  EXPECT_EQ(refusal(minimal + "unit: {Service: {MemoryMax: \"1G\\nExecStart=/bin/sh\"}}\n"),
            "tides.yaml:8:29: Service.MemoryMax must be one line");
}

TEST(Manifest, KeepsSecretsOutOfTheEnvironment) {
  for (const char* name : {"API_KEY", "apiToken", "PASSWORD", "db_passwd", "CLIENT_SECRET"})
    EXPECT_THAT(refusal(minimal + "  env: {" + name + ": hunter2}\n"),
                testing::AllOf(EndsWith(std::string("program.env.") + name +
                                        " looks like a secret; list its name under program.secrets instead"),
                               testing::StartsWith("tides.yaml:8:8: "), Not(HasSubstr("hunter2"))));
}

TEST(Manifest, TakesProgramsAsListsOfWords) {
  EXPECT_EQ(refusal(with_line("  exec: [\"${release}/bin/tides\"]", "  exec: /bin/tides --all")),
            "tides.yaml:7:9: program.exec must be a list of words, such as [\"${release}/bin/program\", "
            "\"--flag\"]");
  EXPECT_EQ(refusal(with_line("  exec: [\"${release}/bin/tides\"]", "  exec: []")),
            "tides.yaml:7:9: program.exec must be a list of words, such as [\"${release}/bin/program\", "
            "\"--flag\"]");
  EXPECT_EQ(refusal(minimal + "  version: [a, {b: c}]\n"),
            "tides.yaml:8:16: program.version must hold words only");
}

TEST(Manifest, ChecksVariablesWhereverTheyMayStand) {
  const std::string why = "unknown variable ${stat} (did you mean \"state\"?)";
  EXPECT_EQ(refusal(with_line("  exec: [\"${release}/bin/tides\"]", "  exec: [a, \"${stat}\"]")),
            "tides.yaml:7:13: " + why);
  EXPECT_EQ(refusal(minimal + "  cwd: ${stat}\n"), "tides.yaml:8:8: " + why);
  EXPECT_EQ(refusal(minimal + "  env: {A: \"${stat}\"}\n"), "tides.yaml:8:12: " + why);
  EXPECT_EQ(refusal(minimal + "config: {template: c.yml, set: {a.b: \"${stat}\"}}\n"),
            "tides.yaml:8:38: " + why);
  EXPECT_EQ(refusal(minimal + "metrics: {file: \"${stat}\"}\n"), "tides.yaml:8:17: " + why);
  EXPECT_EQ(refusal(minimal + "checks: {a: {http: \"https://${stat}\"}}\n"), "tides.yaml:8:20: " + why);
  EXPECT_EQ(refusal(minimal + "checks: {a: {exec: [\"${stat}\"]}}\n"), "tides.yaml:8:21: " + why);
  EXPECT_EQ(refusal(minimal + "  env: {A: \"${state\"}\n"), "tides.yaml:8:12: unfinished ${ in \"${state\"");
}

TEST(Manifest, TakesSizesPercentagesAndDurationsAsPeopleWriteThem) {
  EXPECT_EQ(refusal(minimal + "limits: {memory: 5 apples}\n"),
            "tides.yaml:8:18: memory must be a size such as 100MB, not \"5 apples\"");
  EXPECT_EQ(refusal(minimal + "limits: {memory: nan}\n"),
            "tides.yaml:8:18: memory must be a size such as 100MB, not \"nan\"");
  EXPECT_EQ(refusal(minimal + "limits: {loss: 0.1 percent}\n"),
            "tides.yaml:8:16: loss must be a percentage such as 50%, not \"0.1 percent\"");
  EXPECT_EQ(refusal(minimal + "limits: {duration: 1 fortnight}\n"),
            "tides.yaml:8:20: duration must be a duration such as 30s or 5m, not \"1 fortnight\"");
  EXPECT_EQ(refusal(minimal + "  timeout: 0s\n"),
            "tides.yaml:8:12: program.timeout must be longer than zero");
  EXPECT_EQ(refusal(minimal + "  repeatable: perhaps\n"),
            "tides.yaml:8:15: repeatable must be true or false, not \"perhaps\"");
}

TEST(Manifest, NeedsTwoDifferentBucketsAndAPlaceForThem) {
  EXPECT_EQ(refusal(minimal + "store: {path: a.db, active: tides, candidate: tides}\n"),
            "tides.yaml:8:47: store.active and store.candidate must be two different buckets");
  EXPECT_EQ(refusal(minimal + "store: {active: a, candidate: b}\n"),
            "tides.yaml:8:8: store needs a path, such as path: points.db");
  EXPECT_EQ(refusal(minimal + "store: {kind: sqlit, path: a, active: a, candidate: b}\n"),
            "tides.yaml:8:15: kind must be one of sqlite, influxdb1, influxdb2, not \"sqlit\" (did you mean "
            "\"sqlite\"?)");
  EXPECT_EQ(
      refusal(minimal + "store: {path: a, active: {measurement: x}, candidate: b}\n"),
      "tides.yaml:8:26: key \"bucket\" is missing in store.active\n"
      "tides.yaml:8:27: unknown key \"measurement\" in store.active (known: bucket, url, org, token_file)");
}

TEST(Manifest, TakesChecksThatMeasureExactlyOneThing) {
  EXPECT_EQ(refusal(minimal + "checks: {a: {timeout: 5s}}\n"),
            "tides.yaml:8:13: checks.a needs exactly one of exec, http, metric");
  EXPECT_EQ(refusal(minimal + "checks: {a: {http: x, metric: y}}\n"),
            "tides.yaml:8:13: checks.a needs exactly one of exec, http, metric");
  EXPECT_EQ(refusal(minimal + "checks: [a]\n"), "tides.yaml:8:9: checks must be a map of ids to checks");
  EXPECT_EQ(refusal(minimal + "checks: {a: {http: x, expect: [200, 2000]}}\n"),
            "tides.yaml:8:37: expect takes HTTP statuses, not \"2000\"");
  EXPECT_EQ(refusal(minimal + "checks: {a: {http: x, expect: ok}}\n"),
            "tides.yaml:8:31: expect takes HTTP statuses, not \"ok\"");
  EXPECT_EQ(refusal(minimal + "checks: {a: {metric: {ratio: [x]}}}\n"),
            "tides.yaml:8:22: ratio takes two series: numerator and denominator");
  EXPECT_EQ(refusal(minimal + "checks: {a: {metric: x, min: much}}\n"),
            "tides.yaml:8:30: min must be a number or a percentage, not \"much\"");
}

TEST(Manifest, OfTheReadmeIsOne) {
  std::ostringstream readme;
  readme << std::ifstream(WX_SOURCE_DIR "/README.md").rdbuf();
  const std::string text = readme.str();
  const std::string fence = "```yaml\n";
  const auto begin = text.find(fence + "apiVersion: wxctl/v1\nkind: App");
  ASSERT_NE(begin, std::string::npos);
  const auto end = text.find("```", begin + fence.size());
  const auto manifest =
      parse_manifest("README.md", text.substr(begin + fence.size(), end - begin - fence.size()));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->name, "tides");
}

TEST(Manifest, KnowsTheChecksThatAPlaybookMayNameUndefined) {
  EXPECT_THAT(optional_check_ids(), ElementsAre("dry-run", "test-mode", "test-validation", "self-test"));
}

}  // namespace
}  // namespace wx
