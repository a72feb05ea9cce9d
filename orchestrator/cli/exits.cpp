#include "orchestrator/cli/exits.hpp"

#include <map>

namespace wx {

namespace {

using Exits = std::vector<VerbExit>;

const Exits& following() {
  static const Exits exits{{0, "promoted; or it was so already"},
                           {1, "rolled back and verified, or it failed before anything changed"},
                           {2, "bad usage or bad input: nothing done"},
                           {3, "it waits for a person, or --wait is over; the command to go on is printed"},
                           {4, "the environment is not there: nothing done"},
                           {5, "another rollout or command is at work"},
                           {6, "a person is needed now: it could not be taken back or verified"},
                           {130, "interrupted: the rollout goes on without you"}};
  return exits;
}

const Exits& undoing() {
  static const Exits exits{{0, "the version before is active and verified; or there was nothing to end"},
                           {1, "there is nothing to go back to, or the slot could not be cleaned"},
                           {2, "bad usage or bad input: nothing done"},
                           {4, "the environment is not there: nothing done"},
                           {6, "a person is needed now: it could not be completed or verified"}};
  return exits;
}

const Exits& judging() {
  static const Exits exits{{0, "pass"},
                           {1, "fail"},
                           {2, "bad usage or bad input"},
                           {3, "inconclusive, or not enough data"},
                           {4, "it could not be measured"},
                           {130, "interrupted"}};
  return exits;
}

const Exits& checking() {
  static const Exits exits{{0, "no check failed"},
                           {1, "a check failed"},
                           {2, "bad usage or bad input"},
                           {3, "a required check could not be made"},
                           {4, "the manager or the app cannot be reached"}};
  return exits;
}

const Exits& reading() {
  static const Exits exits{
      {0, "answered"}, {2, "bad usage or bad input"}, {4, "the environment is not there"}};
  return exits;
}

const Exits& acting() {
  static const Exits exits{{0, "done; or it was so already"},
                           {1, "it failed, and all is as before"},
                           {2, "bad usage or bad input: nothing done"},
                           {4, "the environment is not there: nothing done"},
                           {5, "another rollout or command is at work"}};
  return exits;
}

const std::map<std::string, Exits>& special() {
  static const std::map<std::string, Exits> exits{
      {"plan",
       {{0, "answered"},
        {2, "bad usage or bad input"},
        {3, "with --exit-code: there is something to do"},
        {4, "the environment is not there"}}},
      {"pause",
       {{0, "it is held"},
        {1, "there is nothing to hold"},
        {2, "bad usage or bad input"},
        {4, "nobody answered"}}},
      {"playbook lint", {{0, "clean, or warnings alone"}, {2, "it has an error"}}},
      {"sandbox", {{125, "the sandbox cannot start; else the status of the command"}}},
  };
  return exits;
}

}  // namespace

const std::vector<VerbExit>& exits_of(const std::string& verb) {
  static const std::map<std::string, const Exits*> groups{
      {"deploy", &following()},    {"canary", &following()},      {"promote", &following()},
      {"resume", &following()},    {"retry", &following()},       {"config set", &following()},
      {"rollback", &undoing()},    {"abort", &undoing()},         {"backup restore", &undoing()},
      {"compare", &judging()},     {"analyze", &judging()},       {"validate", &checking()},
      {"preflight", &checking()},  {"doctor", &checking()},       {"status", &reading()},
      {"runs", &reading()},        {"logs", &reading()},          {"history", &reading()},
      {"show", &reading()},        {"config get", &reading()},    {"backup list", &reading()},
      {"bucket show", &reading()}, {"schema", &reading()},        {"completion", &reading()},
      {"hooks list", &reading()},  {"playbook list", &reading()}, {"playbook show", &reading()}};
  if (const auto found = special().find(verb); found != special().end()) return found->second;
  if (const auto found = groups.find(verb); found != groups.end()) return *found->second;
  return acting();
}

}  // namespace wx
