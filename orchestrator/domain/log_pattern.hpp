// What a line of a log says, without what differs each time it is said.
#pragma once

#include <string>
#include <string_view>

namespace wx {

enum class LogSeverity { error, warning, info, debug };
std::string_view to_string(LogSeverity severity);

// By syslog priority (0 to 7); where that says nothing particular (6, what a program that only prints gets),
// by the first word of severity near the beginning of the line: ERROR, [warn], Traceback, …
LogSeverity severity_of(int priority, std::string_view message);

// Times become <time>, addresses <address>, hexadecimal ids <id>, numbers <n>, runs of white space one space;
// at most 200 bytes, cut with "…". Equal lines in this sense have the same pattern.
std::string pattern_of(std::string_view message);

}  // namespace wx
