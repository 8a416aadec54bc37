#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "taper/taper.h"
#include "tests/temp_path.h"

namespace {

using taper::profiler::Kind;
using taper::profiler::Scope;
using taper::profiler::Session;

std::string trace_path() { return temp_path("trace.json"); }

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The trace of what body() does.
template <class F>
std::string traced(const F& body) {
  Session session(trace_path());
  body();
  session.stop();
  return read(trace_path());
}

struct Bar {
  double begin;
  double end;
};

// The first bar with this name; throws when there is none.
Bar bar(const std::string& trace, const std::string& name) {
  const size_t at = trace.find("\"name\":\"" + name + "\"");
  const size_t line = trace.rfind('\n', at);
  const auto number = [&](const std::string& key) {
    return std::stod(trace.substr(trace.find(key, line) + key.size()));
  };
  const double begin = number("\"ts\":");
  return {begin, begin + number("\"dur\":")};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool is_inside(const Bar& inner, const Bar& outer) {
  // Microseconds are written to three digits.
  return inner.begin > outer.begin - 0.002 && inner.end < outer.end + 0.002;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Profiler, RecordsOperationsWithTheirShapes) {
  const taper::Tensor a = taper::ones({2, 3});
  const taper::Tensor b = taper::ones({3, 4});
  const std::string trace = traced([&] { taper::exp(taper::matmul(a, b)); });
  EXPECT_TRUE(contains(trace,
                       "\"cat\":\"op\",\"name\":\"matmul\","
                       "\"args\":{\"shapes\":\"[2, 3], [3, 4]\"}"));
  EXPECT_TRUE(
      contains(trace, "\"name\":\"exp\",\"args\":{\"shapes\":\"[2, 4]\"}"));
  EXPECT_GE(bar(trace, "exp").begin, bar(trace, "matmul").end - 0.002);
}

TEST(Profiler, PutsOperationsInsideLayersInsideScopes) {
  taper::nn::Linear linear(4, 2);
  const taper::Tensor x = taper::ones({3, 4});
  const std::string trace = traced([&] {
    const Scope scope("evaluation");
    linear(x);
  });
  const Bar module = bar(trace, "taper::nn::LinearImpl");
  EXPECT_TRUE(contains(trace, "\"cat\":\"user\",\"name\":\"evaluation\""));
  EXPECT_TRUE(is_inside(module, bar(trace, "evaluation")));
  EXPECT_TRUE(is_inside(bar(trace, "linear"), module));
}

TEST(Profiler, PutsOperationsInsideNodesInsideTheBackward) {
  const taper::Tensor x = taper::ones({3}).requires_grad_();
  const taper::Tensor y = taper::exp(x).sum();
  const std::string trace = traced([&] { y.backward(); });
  const Bar node = bar(trace, "ExpBackward0");
  EXPECT_TRUE(contains(trace, "\"cat\":\"backward\",\"name\":\"Exp"));
  EXPECT_TRUE(is_inside(node, bar(trace, "backward")));
  EXPECT_TRUE(is_inside(bar(trace, "mul"), node));
}

TEST(Profiler, NamesTheLayersOfASequentialAndTheOptimizer) {
  taper::nn::Sequential model(taper::nn::Linear(4, 2), taper::nn::Tanh());
  taper::optim::SGD sgd(model->parameters(), 0.1);
  const std::string trace = traced([&] {
    model->forward(taper::ones({3, 4})).sum().backward();
    sgd.step();
  });
  EXPECT_TRUE(contains(trace, "\"name\":\"taper::nn::TanhImpl\""));
  EXPECT_TRUE(contains(trace, "\"cat\":\"optimizer\",\"name\":\"SGD.step\""));
}

TEST(Profiler, RecordsNothingOutsideASession) {
  const taper::Tensor x = taper::ones({2});
  taper::exp(x);
  const std::string trace = traced([&] { taper::tanh(x); });
  taper::sin(x);
  EXPECT_FALSE(contains(trace, "\"exp\""));
  EXPECT_TRUE(contains(trace, "\"tanh\""));
  EXPECT_EQ(read(trace_path()), trace);
}

TEST(Profiler, EndsScopesThatOutliveTheSession) {
  Session session(trace_path());
  const Scope scope("open");
  session.stop();
  const Bar open = bar(read(trace_path()), "open");
  EXPECT_GT(open.end, open.begin);
  const std::string later = traced([] { const Scope closed("closed"); });
  EXPECT_FALSE(contains(later, "\"open\""));
  EXPECT_TRUE(contains(later, "\"closed\""));
}

TEST(Profiler, GivesEveryThreadItsOwnRow) {
  const std::string trace = traced([] {
    const Scope scope("here");
    std::thread([] { const Scope other("there"); }).join();
  });
  const auto row = [&](const std::string& name) {
    const size_t line = trace.rfind('\n', trace.find('"' + name + '"'));
    return trace.substr(trace.find("\"tid\":", line), 8);
  };
  EXPECT_NE(row("here"), row("there"));
}

TEST(Profiler, EscapesNames) {
  const std::string trace =
      traced([] { const Scope scope(Kind::kUser, "a \"b\"\\\n"); });
  EXPECT_TRUE(contains(trace, R"("name":"a \"b\"\\ ")"));
}

TEST(Profiler, AllowsOneSessionAtATime) {
  const std::string other = temp_path("other.json");
  std::remove(other.c_str());
  const std::string trace = traced([&] {
    EXPECT_THROW(Session second(other), taper::Error);
    const Scope scope("still recorded");
  });
  EXPECT_EQ(count(trace, "\"ph\":\"X\""), 1U);
  EXPECT_FALSE(std::ifstream(other).good());
  EXPECT_NO_THROW(Session(other).stop());
}

TEST(Profiler, RejectsAPathThatCannotBeWritten) {
  EXPECT_THROW(Session("/nonexistent/trace.json"), taper::Error);
  EXPECT_NO_THROW(Session(trace_path()).stop());
}

}  // namespace
