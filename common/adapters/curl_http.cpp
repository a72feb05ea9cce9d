#include "common/adapters/curl_http.hpp"
