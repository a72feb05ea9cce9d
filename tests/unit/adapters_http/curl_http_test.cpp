#include "common/adapters/curl_http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/unit/adapters_http/scripted_server.hpp"

namespace wx {
namespace {

using testing::HasSubstr;
using testing::Not;

// 20,000 times the digit 0.
constexpr unsigned gzipped_zeros_size = 55;
constexpr const char* gzipped_zeros =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\x4a"
    "\xeb\x9f\xce\x1a\x1e\x40\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\xf0\x60\xbd\x0f\x1b\x8c\x20\x4e\x00\x00";

std::string answer(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::string chunk(std::size_t size) {
  std::string text(16, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%zx\r\n", size)));
  return text + std::string(size, 'x') + "\r\n";
}

class CurlHttpTest : public testing::Test {
 protected:
  static HttpRequest get(const ScriptedServer& server, const std::string& path = "/") {
    HttpRequest request;
    request.url = server.url() + path;
    return request;
  }
  std::unique_ptr<Http> http = make_curl_http("wx-test/1");
};

TEST_F(CurlHttpTest, AnAnswerIsReadWhole) {
  ScriptedServer server({answer("Content-Type: application/json\r\n", "{\"a\":1}")});
  const auto response = http->send(get(server, "/x?y=1"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->content_type, "application/json");
  EXPECT_EQ(response->body, "{\"a\":1}");
  EXPECT_EQ(response->retry_after_s, std::nullopt);
  EXPECT_THAT(server.request(0), HasSubstr("GET /x?y=1 HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(0), HasSubstr("User-Agent: wx-test/1\r\n"));
  EXPECT_THAT(server.request(0), HasSubstr("Accept-Encoding: gzip\r\n"));
}

TEST_F(CurlHttpTest, ABodyIsPostedWithItsHeadersAndWithoutExpect) {
  ScriptedServer server({"HTTP/1.1 204 No Content\r\n\r\n"});
  HttpRequest request = get(server);
  request.method = "POST";
  request.body = std::string(5000, 'b');
  request.headers = {{"apikey", "s3cret"}, {"X-Empty", ""}};
  const auto response = http->send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 204);
  EXPECT_THAT(server.request(0), HasSubstr("POST / HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(0), HasSubstr("apikey: s3cret\r\n"));
  EXPECT_THAT(server.request(0), HasSubstr("X-Empty:"));
  EXPECT_THAT(server.request(0), HasSubstr("Content-Length: 5000\r\n"));
  EXPECT_THAT(server.request(0), Not(HasSubstr("Expect:")));
}

TEST_F(CurlHttpTest, AStatusOfFailureIsAnAnswerToo) {
  ScriptedServer server({"HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nwait"});
  const auto response = http->send(get(server));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 429);
  EXPECT_EQ(response->retry_after_s, 7);
  EXPECT_EQ(response->body, "wait");
}

TEST_F(CurlHttpTest, ARedirectIsReportedAndNotFollowed) {
  ScriptedServer other({answer("", "stolen")});
  ScriptedServer server(
      {"HTTP/1.1 302 Found\r\nLocation: " + other.url() + "/there\r\nContent-Length: 0\r\n\r\n"});
  HttpRequest request = get(server);
  request.headers = {{"apikey", "s3cret"}};
  const auto response = http->send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->redirect_url, other.url() + "/there");
  EXPECT_EQ(other.requests(), 0u);
}

TEST_F(CurlHttpTest, ABodyAtTheLimitIsRead) {
  ScriptedServer server(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(1000) + "0\r\n\r\n"});
  HttpRequest request = get(server);
  request.max_body_bytes = 1000;
  const auto response = http->send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body.size(), 1000u);
}

TEST_F(CurlHttpTest, AChunkedBodyOverTheLimitIsRefusedWhileItArrives) {
  ScriptedServer server({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(600) + chunk(600)});
  HttpRequest request = get(server);
  request.max_body_bytes = 1000;
  const auto response = http->send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::invalid);
  EXPECT_THAT(response.error().message, HasSubstr("larger than 1000 bytes"));
}

TEST_F(CurlHttpTest, TheLimitCountsUnpackedBytes) {
  const std::string packed(gzipped_zeros, gzipped_zeros_size);
  ScriptedServer server(
      {answer("Content-Encoding: gzip\r\n", packed), answer("Content-Encoding: gzip\r\n", packed)});
  HttpRequest request = get(server);
  request.max_body_bytes = 20'000;
  const auto whole = http->send(request);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->body, std::string(20'000, '0'));
  request.max_body_bytes = 19'999;
  const auto response = http->send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::invalid);
}

TEST_F(CurlHttpTest, HeadersOverTheLimitAreRefused) {
  std::string headers;
  for (int i = 0; i < 8; ++i) headers += "X-Fill: " + std::string(40'000, 'f') + "\r\n";
  ScriptedServer server({answer(headers, "x")});
  const auto response = http->send(get(server));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::invalid);
  EXPECT_THAT(response.error().message, HasSubstr("headers"));
}

TEST_F(CurlHttpTest, ABodyCutShortIsAnError) {
  ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"});
  const auto response = http->send(get(server));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::invalid);
  EXPECT_THAT(response.error().message, HasSubstr("cut short"));
}

TEST_F(CurlHttpTest, SilenceIsATimeout) {
  ScriptedServer server({ScriptedServer::silence});
  HttpRequest request = get(server);
  request.timeout = Millis(100);
  const auto response = http->send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::timeout);
}

TEST_F(CurlHttpTest, NobodyListeningIsUnavailable) {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  HttpRequest request;
  request.url = url;
  const auto response = http->send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::unavailable);
  EXPECT_FALSE(response.error().remedy.empty());
}

TEST_F(CurlHttpTest, LineEndsInHeadersAreRefusedBeforeAnythingIsSent) {
  ScriptedServer server({answer("", "x")});
  for (const char* value : {"a\r\nX-Evil: 1", "a\n", "\r"}) {
    HttpRequest request = get(server);
    request.headers = {{"apikey", value}};
    const auto response = http->send(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Code::invalid);
    EXPECT_THAT(response.error().message, HasSubstr("apikey"));
    EXPECT_THAT(response.error().message, Not(HasSubstr("Evil")));
  }
  HttpRequest request = get(server);
  request.headers = {{"X-A: 1\r\nX-Evil", "1"}};
  EXPECT_FALSE(http->send(request));
  request.headers.clear();
  request.method = "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\n";
  EXPECT_FALSE(http->send(request));
  EXPECT_EQ(server.requests(), 0u);
}

TEST_F(CurlHttpTest, OtherProtocolsAreRefused) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "", "http://"}) {
    HttpRequest request;
    request.url = url;
    const auto response = http->send(request);
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, Code::invalid) << url;
  }
}

TEST_F(CurlHttpTest, MessagesDoNotTellTheQueryOrThePassword) {
  HttpRequest request;
  request.url = "ftp://user:hunter2@127.0.0.1/path?token=hunter2";
  const auto response = http->send(request);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("127.0.0.1/path"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("hunter2")));
}

TEST_F(CurlHttpTest, LoopbackIsReachedWithoutTheProxy) {
  ASSERT_EQ(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  ScriptedServer server({answer("", "direct")});
  const auto response = make_curl_http("wx-test/1")->send(get(server));
  unsetenv("http_proxy");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "direct");
}

TEST_F(CurlHttpTest, AHandleIsUsableAfterAnErrorAndForgetsTheRequestBefore) {
  ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut", answer("", "well")});
  HttpRequest first = get(server);
  first.method = "POST";
  first.body = "data";
  first.headers = {{"apikey", "s3cret"}};
  EXPECT_FALSE(http->send(first));
  const auto response = http->send(get(server));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "well");
  EXPECT_THAT(server.request(1), HasSubstr("GET / HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(1), Not(HasSubstr("apikey")));
}

}  // namespace
}  // namespace wx
