#include "common/yaml/merge.hpp"
