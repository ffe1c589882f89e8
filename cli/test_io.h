// SPDX-License-Identifier: Apache-2.0
// Runs portcullis inside a test program, over files that the test makes.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/json_value.h"
#include "base/unique_fd.h"
#include "cli/commands.h"

namespace portcullis::cli {

struct Ran {
  ExitStatus status;
  std::string out;
  std::string err;

  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    std::istringstream stream(out);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  // Each line of the output as JSON; a line that is none is null.
  std::vector<JsonValue> objects() const {
    std::vector<JsonValue> objects;
    for (const std::string& line : lines()) {
      objects.push_back(ParseJson(line).value_or(JsonValue()));
    }
    return objects;
  }
};

// A member as text: a string as it is, anything else by its kind.
inline std::string TextOf(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.Find(key);
  if (value == nullptr) return "null";
  if (value->AsString() != nullptr) return *value->AsString();
  if (value->AsBool() != nullptr) return *value->AsBool() ? "true" : "false";
  if (value->AsUnsigned() != nullptr) return std::to_string(*value->AsUnsigned());
  return value->AsArray() != nullptr ? "[...]" : "{...}";
}

inline Ran RunCli(const std::vector<std::string>& arguments, int in_fd = -1) {
  StringOutput out;
  StringOutput err;
  Io io{out, err, in_fd, false, 100};
  const ExitStatus status = RunPortcullis(arguments, io);
  return {status, std::move(out.text), std::move(err.text)};
}

class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/portcullis-cli-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  std::string Write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = path_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

 private:
  std::string path_;
};

}  // namespace portcullis::cli
