// SPDX-License-Identifier: Apache-2.0
#include "api/service_status.h"

#include <fmt/core.h>

#include <charconv>
#include <numeric>
#include <optional>
#include <system_error>

namespace portcullis::api {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr size_t kMaxVersion = 64;
constexpr size_t kMaxRefused = 4000;
constexpr size_t kMaxCollections = 16;

// A text within a line: what would end the line or the text's own escapes is written \xHH.
std::string Escaped(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F && c != '\\') {
      line += c;
    } else {
      line += "\\x";
      line += kHex[byte >> 4];
      line += kHex[byte & 0xF];
    }
  }
  return line;
}

Unexpected Broken(std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("the service's status: {}", what));
}

Result<std::string> Unescaped(std::string_view line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      text += line[i];
      continue;
    }
    if (i + 3 >= line.size() || line[i + 1] != 'x') return Broken("an escape is cut");
    const size_t high = kHex.find(line[i + 2]);
    const size_t low = kHex.find(line[i + 3]);
    if (high == kHex.npos || low == kHex.npos) return Broken("an escape is no number");
    text += static_cast<char>(high << 4 | low);
    i += 3;
  }
  return text;
}

Result<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return Broken("no number");
  return number;
}

// The text before the first blank; the rest stays in `line`.
std::string_view TakeWord(std::string_view& line) {
  const size_t blank = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, blank);
  line.remove_prefix(std::min(blank + 1, line.size()));
  return word;
}

class Decoder {
 public:
  Result<void> Line(std::string_view line) {
    const std::string_view kind = TakeWord(line);
    if (kind == "version") {
      status.version = TRY(Unescaped(line));
    } else if (kind == "refused") {
      status.refused = TRY(Unescaped(line));
    } else if (kind == "policy") {
      status.policy.files.push_back(TRY(Unescaped(line)));
    } else if (kind == "more-policies") {
      status.policy.more_files = TRY(Number(line));
    } else if (kind == "collection") {
      return Collection(line);
    } else if (kind == "latency") {
      return Latency(line);
    } else if (kind == "value") {
      const std::string_view sample = TakeWord(line);
      const uint64_t number = TRY(Number(line));
      if (const auto metric = FindMetric(sample)) status[*metric] = number;
    }
    return {};
  }

  ServiceStatus status;

 private:
  Result<void> Collection(std::string_view line) {
    if (status.policy.collections.size() == kMaxCollections) return Broken("too many collections");
    CollectionStatus collection;
    collection.collection = TRY(Unescaped(TakeWord(line)));
    collection.mode = TRY(Unescaped(TakeWord(line)));
    collection.rules = TRY(Number(line));
    status.policy.collections.push_back(std::move(collection));
    return {};
  }

  Result<void> Latency(std::string_view line) {
    status.latency_sum_ns = TRY(Number(TakeWord(line)));
    for (uint64_t& bucket : status.latency) bucket = TRY(Number(TakeWord(line)));
    return line.empty() ? Result<void>() : Broken("too many latencies");
  }
};

}  // namespace

uint64_t ServiceStatus::Verdicts(size_t kind) const {
  uint64_t all = 0;
  for (size_t by = 0; by < kAnsweredBy.size(); ++by) all += (*this)[VerdictMetric(kind, by)];
  return all;
}

uint64_t ServiceStatus::Answers() const {
  return std::accumulate(latency.begin(), latency.end(), uint64_t{0});
}

uint64_t ServiceStatus::LatencyNs(double part) const {
  const auto wanted = part * static_cast<double>(Answers());
  double below = 0;
  for (size_t i = 0; i < kLatencyBuckets; ++i) {
    const auto here = static_cast<double>(latency[i]);
    if (here == 0 || below + here < wanted) {
      below += here;
      continue;
    }
    const uint64_t from = i == 0 ? 0 : kLatencyBoundsNs[i - 1];
    const uint64_t to = i == kLatencyBoundsNs.size() ? from : kLatencyBoundsNs[i];
    return from + static_cast<uint64_t>(static_cast<double>(to - from) * (wanted - below) / here);
  }
  return 0;
}

std::string EncodePolicy(const PolicyStatus& policy) {
  std::string text;
  uint64_t left_out = 0;
  // With room for the last line.
  const auto add = [&](const std::string& line) {
    const bool has_room = text.size() + line.size() + 64 <= kMaxPolicyBytes;
    if (has_room) text += line;
    return has_room;
  };
  for (const CollectionStatus& one : policy.collections) {
    add(fmt::format("collection {} {} {}\n", Escaped(one.collection), Escaped(one.mode),
                    one.rules));
  }
  for (const std::string& file : policy.files) {
    if (!add(fmt::format("policy {}\n", Escaped(file)))) ++left_out;
  }
  left_out += policy.more_files;
  if (left_out > 0) text += fmt::format("more-policies {}\n", left_out);
  return text;
}

std::string EncodeStatus(const ServiceStatus& status) {
  std::string text = fmt::format("version {}\n", Escaped(status.version.substr(0, kMaxVersion)));
  text += EncodePolicy(status.policy);
  const std::string_view refused = std::string_view(status.refused).substr(0, kMaxRefused);
  if (!refused.empty()) text += fmt::format("refused {}\n", Escaped(refused));
  text += fmt::format("latency {}", status.latency_sum_ns);
  for (const uint64_t bucket : status.latency) text += fmt::format(" {}", bucket);
  text += '\n';
  const auto table = MetricTable();
  for (size_t i = 0; i < table.size(); ++i) {
    text += fmt::format("value {} {}\n", table[i].Sample(), status.values[i]);
  }
  return text;
}

Result<ServiceStatus> DecodeStatus(std::string_view body) {
  Decoder decoder;
  for (size_t lines = 0; !body.empty(); ++lines) {
    if (lines == kMaxStatusLines) {
      return Fail(ErrorCode::kLimitExceeded, "the service's status has too many lines");
    }
    const size_t end = body.find('\n');
    if (end == std::string_view::npos) return Broken("its last line does not end");
    TRY_VOID(decoder.Line(body.substr(0, end)));
    body.remove_prefix(end + 1);
  }
  return std::move(decoder.status);
}

}  // namespace portcullis::api
