#include "common/yaml/document.hpp"
