// The few figures of statistics that fixed thresholds need. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace wx {

// 0 for no values; of an even number the mean of the two in the middle.
double median(std::vector<double> values);

// P(X >= at_least) for X successes of n independent trials, each with probability p in [0, 1].
double binomial_tail(std::size_t at_least, std::size_t n, double p);

// Wilson's score bound: the least rate of which `count` of `n` lies within z standard errors; 0 for n = 0.
double least_rate(std::size_t count, std::size_t n, double z);

}  // namespace wx
