#include "common/adapters/curl_http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <utility>

#include "common/core/text.hpp"

namespace wx {
namespace {

constexpr std::uint64_t max_header_bytes =
    256UL * 1024;  // of all headers together; libcurl 7.88 limits one line only
constexpr const char* loopback = "127.0.0.0/8,::1,localhost";

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Headers = std::unique_ptr<curl_slist, FreeList>;

// libcurl wants one initialisation before the first handle; a function-local static makes it once and
// thread-safely.
bool libcurl_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

// What arrives, counted while it does: CURLOPT_MAXFILESIZE_LARGE looks at Content-Length only, and not at
// what gzip unpacks.
struct Arrival {
  std::uint64_t max_body_bytes = 0;
  std::uint64_t header_bytes = 0;
  std::string body;
  bool body_too_large = false;
  bool headers_too_large = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& arrival = *static_cast<Arrival*>(user);
  if (size > arrival.max_body_bytes - arrival.body.size()) {
    arrival.body_too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  try {
    arrival.body.append(data, size);
  } catch (...) {  // an exception must not pass through libcurl's C frames
    arrival.body_too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  return size;
}

std::size_t take_header(char*, std::size_t size, std::size_t count, void* user) noexcept {
  auto& arrival = *static_cast<Arrival*>(user);
  arrival.header_bytes += size * count;
  if (arrival.header_bytes <= max_header_bytes) return size * count;
  arrival.headers_too_large = true;
  return 0;
}

// Setting CURLOPT_NOPROXY replaces what the environment says, so both are joined.
std::string hosts_without_proxy() {
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    // "*", no proxy at all, has its meaning only when it stands alone.
    return std::string_view(value) == "*" ? "*" : std::string(loopback) + "," + value;
  }
  return loopback;
}

// To libcurl 0 would mean "for ever".
long positive(Millis time) {
  return static_cast<long>(std::max<Millis::rep>(time.count(), 1));
}

// libcurl calls this while it waits; anything but 0 ends the transfer.
int ask_to_go_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return (*static_cast<const std::function<bool()>*>(user))() ? 1 : 0;
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  if (text.empty()) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && marks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

// Scheme, host, port and path: a query may hold secrets and is not told in messages.
std::string shown(const std::string& url) {
  const std::unique_ptr<CURLU, FreeUrl> parts(curl_url());
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return "the given URL";
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(parts.get(), part, nullptr, 0);
  }
  char* text = nullptr;
  if (curl_url_get(parts.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return "the given URL";
  std::string result = printable(text, 200);
  curl_free(text);
  return result;
}

// libcurl sends line ends in a header as they are: a value could smuggle in further headers or a second
// request.
Status check_request(const HttpRequest& request, const std::string& said) {
  if (!is_token(request.method)) {
    return Error{Code::invalid, said + "the method is no HTTP method", "use GET, POST, PUT or DELETE"};
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) {
      return Error{Code::invalid, said + "\"" + printable(name, 60) + "\" is no name of a header",
                   "correct the name of the header"};
    }
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Error{Code::invalid, said + "the value of the header " + name + " has a line end in it",
                   "remove the line end, often the last character of a secret that was read from a file"};
    }
  }
  return {};
}

Result<Headers> header_list(const HttpRequest& request) {
  Headers list;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return false;
    static_cast<void>(list.release());
    list.reset(longer);
    return true;
  };
  // "Expect:" sends none: otherwise libcurl waits a second for "100 Continue" before larger bodies.
  bool complete = append("Expect:");
  for (const auto& [name, value] : request.headers) {
    // "Name;" is libcurl's spelling of a header without a value; "Name:" would remove it.
    complete = complete && append(value.empty() ? name + ";" : name + ": " + value);
  }
  if (!complete)
    return Error{Code::unavailable, "cannot build the headers of an HTTP request: out of memory"};
  return list;
}

Error transfer_error(CURLcode code, const Arrival& arrival, const HttpRequest& request,
                     const std::string& said, const char* detail) {
  if (arrival.body_too_large) {
    return {Code::invalid,
            said + "the answer is larger than " + std::to_string(request.max_body_bytes) + " bytes",
            "ask for less, or check that this is the right server"};
  }
  if (arrival.headers_too_large) {
    return {Code::invalid,
            said + "the headers of the answer are larger than " + std::to_string(max_header_bytes) + " bytes",
            "check that this is the right server"};
  }
  const std::string why = *detail != '\0' ? printable(detail, 200) : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {Code::timeout, said + why, "check the network and the server, or allow more time"};
    case CURLE_ABORTED_BY_CALLBACK:
      return {Code::interrupted, said + "interrupted by a signal"};
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_RECV_ERROR:
    case CURLE_WRITE_ERROR:
    case CURLE_HTTP2_STREAM:
      if (code != CURLE_RECV_ERROR || arrival.header_bytes > 0) {
        return {Code::invalid, said + "the answer was cut short or damaged: " + why, "try again"};
      }
      break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Code::invalid, said + why, "give a URL that begins with https:// or http://"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return {Code::unavailable, said + why,
              "check the clock, the CA certificates of this machine and the name in the URL"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Code::unavailable, said + why, "check the name in the URL and the name servers"};
    default:
      break;
  }
  return {Code::unavailable, said + why, "check the network and that the server is running"};
}

class CurlHttp final : public Http {
 public:
  CurlHttp(std::string user_agent, std::function<bool()> interrupted)
      : user_agent_(std::move(user_agent)), interrupted_(std::move(interrupted)) {}

  Result<HttpResponse> send(const HttpRequest& request) override {
    const std::string said = "HTTP " + printable(request.method, 20) + " " + shown(request.url) + ": ";
    WX_TRY(check_request(request, said));
    WX_TRY(prepare(said));
    WX_LET(const Headers headers, header_list(request));

    Arrival arrival;
    arrival.max_body_bytes = request.max_body_bytes;
    char detail[CURL_ERROR_SIZE] = "";
    if (const CURLcode code = set_options(request, headers.get(), arrival, detail); code != CURLE_OK) {
      return transfer_error(code, arrival, request, said, detail);
    }
    const auto began = std::chrono::steady_clock::now();
    const CURLcode code = curl_easy_perform(easy_.get());
    // The handle must not keep pointers to what ends with this call.
    curl_easy_setopt(easy_.get(), CURLOPT_ERRORBUFFER, nullptr);
    if (code != CURLE_OK) return transfer_error(code, arrival, request, said, detail);
    HttpResponse response = read_response();
    response.body = std::move(arrival.body);
    response.duration = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began);
    return response;
  }

 private:
  // A fresh set of options on the same handle, which keeps its connections.
  Status prepare(const std::string& said) {
    if (easy_) {
      curl_easy_reset(easy_.get());
      return {};
    }
    if (libcurl_ready()) easy_.reset(curl_easy_init());
    if (!easy_)
      return Error{Code::unavailable, said + "libcurl cannot be initialised", "check the free memory"};
    return {};
  }

  template <class Value>
  void set(CURLcode& first, CURLoption option, Value value) {
    if (first == CURLE_OK) first = curl_easy_setopt(easy_.get(), option, value);
  }

  CURLcode set_options(const HttpRequest& request, curl_slist* headers, Arrival& arrival, char* detail) {
    CURLcode code = CURLE_OK;
    set(code, CURLOPT_ERRORBUFFER, detail);
    set(code, CURLOPT_URL, request.url.c_str());
    set(code, CURLOPT_PROTOCOLS_STR, "http,https");
    set(code, CURLOPT_FOLLOWLOCATION, 0L);  // headers with secrets would go wherever the server points
    set(code, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(code, CURLOPT_NOPROXY, no_proxy_.c_str());
    set(code, CURLOPT_NOSIGNAL, 1L);
    set(code, CURLOPT_USERAGENT, user_agent_.c_str());
    set(code, CURLOPT_HTTPHEADER, headers);
    set(code, CURLOPT_ACCEPT_ENCODING, "gzip");
    set(code, CURLOPT_CONNECTTIMEOUT_MS, positive(request.connect_timeout));
    set(code, CURLOPT_TIMEOUT_MS, positive(request.timeout));
    set(code, CURLOPT_WRITEFUNCTION, &take_body);
    set(code, CURLOPT_WRITEDATA, static_cast<void*>(&arrival));
    set(code, CURLOPT_HEADERFUNCTION, &take_header);
    set(code, CURLOPT_HEADERDATA, static_cast<void*>(&arrival));
    if (interrupted_) {
      set(code, CURLOPT_NOPROGRESS, 0L);
      set(code, CURLOPT_XFERINFOFUNCTION, &ask_to_go_on);
      set(code, CURLOPT_XFERINFODATA, static_cast<void*>(&interrupted_));
    }
    set_method(code, request);
    return code;
  }

  void set_method(CURLcode& code, const HttpRequest& request) {
    if (request.method == "HEAD") {
      set(code, CURLOPT_NOBODY, 1L);
      return;
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
      set(code, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(code, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    set(code, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  [[nodiscard]] HttpResponse read_response() const {
    HttpResponse response;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &response.status);
    const char* text = nullptr;
    if (curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &text) == CURLE_OK && text != nullptr) {
      response.content_type = text;
    }
    text = nullptr;
    if (curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &text) == CURLE_OK && text != nullptr) {
      response.redirect_url = text;
    }
    curl_off_t retry_after = 0;
    // libcurl answers 0 for "absent" and for what it does not understand.
    if (curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK && retry_after != 0) {
      response.retry_after_s = retry_after;
    }
    curl_header* date = nullptr;
    if (curl_easy_header(easy_.get(), "Date", 0, CURLH_HEADER, -1, &date) == CURLHE_OK) {
      const time_t seconds = curl_getdate(date->value, nullptr);
      if (seconds >= 0) response.date_s = seconds;
    }
    return response;
  }

  std::string user_agent_;
  std::function<bool()> interrupted_;
  std::string no_proxy_ = hosts_without_proxy();
  std::unique_ptr<CURL, FreeEasy> easy_;
};

}  // namespace

std::unique_ptr<Http> make_curl_http(const std::string& user_agent, std::function<bool()> interrupted) {
  return std::make_unique<CurlHttp>(user_agent, std::move(interrupted));
}

}  // namespace wx
