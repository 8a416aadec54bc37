// A buffer of events per thread, and the trace that is written of them.
#include "taper/tensor/profiler.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "taper/tensor/tensor.h"

namespace taper {

constinit std::atomic<uint32_t> detail::profiler_session{0};

namespace profiler {
namespace {

using Clock = std::chrono::steady_clock;

// Events that one thread may record; what comes later is only counted.
constexpr size_t kMaxEvents = size_t{1} << 20;
constexpr int64_t kOpen = -1;
constexpr const char* kCategory[] = {"user", "op", "backward", "module",
                                     "optimizer"};

struct Event {
  int64_t begin;  // ns
  int64_t duration;
  size_t name;  // where it begins in `text`; the shapes follow it
  uint32_t name_length;
  uint32_t shapes_length;
  Kind kind;
};

// What one thread has recorded. The lock is contended only while a session
// ends.
struct Track {
  std::mutex lock;
  uint32_t session = 0;
  std::vector<Event> events;
  std::string text;
  size_t dropped = 0;
};

struct Tracks {
  std::mutex lock;
  std::vector<std::shared_ptr<Track>> all;
  uint32_t last_session = 0;
};

Tracks& tracks() {
  // Never destroyed: a thread may outlive the objects with static storage.
  static auto* const instance = new Tracks;
  return *instance;
}

Track& my_track() {
  thread_local std::shared_ptr<Track> track;
  if (!track) {
    auto fresh = std::make_shared<Track>();
    std::lock_guard guard(tracks().lock);
    tracks().all.push_back(fresh);
    track = std::move(fresh);
  }
  return *track;
}

int64_t now() {
  return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

void clear(Track& track, uint32_t session) {
  track.session = session;
  track.events = {};
  track.text = {};
  track.dropped = 0;
}

void append_shapes(std::string& text, const Tensor* const* inputs, size_t n) {
  const char* separator = "";
  for (size_t i = 0; i < n; ++i) {
    if (!inputs[i]->defined()) continue;
    text += std::exchange(separator, ", ");
    text += '[';
    for (int64_t d = 0; d < inputs[i]->dim(); ++d) {
      if (d > 0) text += ", ";
      text += std::to_string(inputs[i]->sizes()[static_cast<size_t>(d)]);
    }
    text += ']';
  }
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result + '"';
}

std::string microseconds(int64_t ns) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.3f", static_cast<double>(ns) / 1e3);
  return text;
}

void write_event(std::ostream& out, const Track& track, const Event& event,
                 int64_t start, size_t thread) {
  const std::string_view text(track.text);
  out << ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":" << thread
      << ",\"ts\":" << microseconds(event.begin - start)
      << ",\"dur\":" << microseconds(event.duration) << ",\"cat\":\""
      << kCategory[static_cast<int>(event.kind)]
      << "\",\"name\":" << quoted(text.substr(event.name, event.name_length));
  if (event.shapes_length > 0) {
    out << ",\"args\":{\"shapes\":\""
        << text.substr(event.name + event.name_length, event.shapes_length)
        << "\"}";
  }
  out << '}';
}

// The first event of any thread is the zero of the trace.
int64_t first_begin(const std::vector<std::shared_ptr<Track>>& all,
                    uint32_t session) {
  int64_t first = now();
  for (const auto& track : all) {
    std::lock_guard guard(track->lock);
    if (track->session == session && !track->events.empty()) {
      first = std::min(first, track->events.front().begin);
    }
  }
  return first;
}

void write_trace(std::ostream& out, uint32_t session) {
  std::lock_guard all_guard(tracks().lock);
  auto& all = tracks().all;
  const int64_t start = first_begin(all, session);
  const int64_t end = now();
  size_t dropped = 0;
  out << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
         "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\","
         "\"args\":{\"name\":\"taper\"}}";
  for (size_t thread = 0; thread < all.size(); ++thread) {
    Track& track = *all[thread];
    std::lock_guard guard(track.lock);
    if (track.session != session) continue;
    for (Event& event : track.events) {
      if (event.duration == kOpen) event.duration = end - event.begin;
      write_event(out, track, event, start, thread + 1);
    }
    dropped += track.dropped;
    clear(track, 0);
  }
  out << "\n],\"otherData\":{\"dropped_events\":\"" << dropped << "\"}}\n";
  // The tracks of threads that have ended.
  std::erase_if(all, [](const auto& track) { return track.use_count() == 1; });
}

}  // namespace

Session::Session(std::string path) : path_(std::move(path)), id_(0) {
  std::lock_guard guard(tracks().lock);
  check(detail::profiler_session.load() == 0,
        "[profiler] another session is recording, cannot start one for {}",
        path_);
  check(std::ofstream(path_).good(), "[profiler] cannot write {}", path_);
  id_ = ++tracks().last_session;
  detail::profiler_session.store(id_);
}

Session::~Session() {
  try {
    stop();
  } catch (...) {
  }
}

void Session::stop() {
  if (std::exchange(id_, 0) == 0) return;
  const uint32_t session = detail::profiler_session.exchange(0);
  std::ofstream out(path_);
  write_trace(out, session);
  out.close();
  check(out.good(), "[profiler] cannot write {}", path_);
}

void Scope::begin(Kind kind, std::string_view name, const Tensor* const* inputs,
                  size_t count) noexcept {
  const uint32_t session = detail::profiler_session.load();
  if (session == 0) return;
  try {
    Track& track = my_track();
    std::lock_guard guard(track.lock);
    if (track.session != session) clear(track, session);
    if (track.events.size() == kMaxEvents) {
      ++track.dropped;
      return;
    }
    const size_t at = track.text.size();
    track.text += name;
    append_shapes(track.text, inputs, count);
    const size_t shapes = track.text.size() - at - name.size();
    track.events.push_back({now(), kOpen, at,
                            static_cast<uint32_t>(name.size()),
                            static_cast<uint32_t>(shapes), kind});
    index_ = static_cast<uint32_t>(track.events.size() - 1);
    session_ = session;
  } catch (...) {
    // Without memory for it the event is missing, and nothing else happens.
  }
}

void Scope::end() noexcept {
  const int64_t time = now();
  Track& track = my_track();
  std::lock_guard guard(track.lock);
  if (track.session != session_) return;
  Event& event = track.events[index_];
  event.duration = time - event.begin;
}

}  // namespace profiler
}  // namespace taper
