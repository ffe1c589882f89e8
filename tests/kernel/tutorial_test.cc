// SPDX-License-Identifier: Apache-2.0
// docs/tutorial.md, typed as it stands: every command gives what the document shows.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/kernel/private_mounts.h"
#include "tests/kernel/process_session.h"
#include "tests/kernel/run_program.h"
#include "tests/support/console_document.h"

namespace portcullis::testing {
namespace {

using ::testing::SizeIs;

constexpr unsigned kSeconds = 200;

// Stands behind the output of the command with this number.
std::string Mark(size_t number) { return fmt::format("=== end of command {} ===", number); }

// One shell for all of them, as at a terminal.
std::string ScriptOf(const std::vector<ConsoleStep>& steps) {
  std::string script = "exec 2>&1 < /dev/null\nshopt -s expand_aliases\n";
  for (size_t i = 0; i < steps.size(); ++i) {
    script += fmt::format("{}\necho '{}'\n", steps[i].command, Mark(i));
  }
  return script;
}

// What `script` prints. The session is ended with all that it left running.
std::string OutputOf(const std::string& script, const std::string& folder) {
  const std::string file = folder + "/script", output = folder + "/output";
  std::ofstream(file) << script;
  const auto session = ProcessSession::Start([&] {
    if (freopen(output.c_str(), "w", stdout) == nullptr) return 1;
    setenv("PATH", fmt::format("{}:/usr/sbin:/usr/bin", Built("cli")).c_str(), 1);
    execl("/bin/bash", "bash", file.c_str(), nullptr);
    return 1;
  });
  session->Wait();
  return ReadWholeFile(output);
}

// The output of each command; fewer where the shell ended early.
std::vector<std::string> Parts(const std::string& output, size_t commands) {
  std::vector<std::string> parts;
  size_t from = 0;
  for (size_t i = 0; i < commands; ++i) {
    const std::string mark = Mark(i) + "\n";
    const size_t end = output.find(mark, from);
    if (end == std::string::npos) break;
    parts.push_back(output.substr(from, end - from));
    from = end + mark.size();
  }
  return parts;
}

TEST(ConsoleDocument, HasWhatIsTypedAndWhatComesOfIt) {
  const auto steps = ReadConsoleSteps("a\n```console\n# one \\\n  more\nout\n\n# two\n```\n# no\n");
  ASSERT_THAT(steps, SizeIs(2));
  EXPECT_EQ(steps[0].command, "one \\\n  more\n");
  EXPECT_EQ(steps[0].output, "out\n\n");
  EXPECT_EQ(steps[0].line, 3U);
  EXPECT_EQ(steps[1].output, "");
}

TEST(ConsoleDocument, DotsStandForWhatMayDiffer) {
  EXPECT_TRUE(IsOutputAsShown("at 12:01 x\n", "at ... x\n"));
  EXPECT_TRUE(IsOutputAsShown("a\nb\nc\n", "...\nc\n"));
  EXPECT_TRUE(IsOutputAsShown("", "...\n"));
  EXPECT_FALSE(IsOutputAsShown("at 12:01 y\n", "at ... x\n"));
  EXPECT_FALSE(IsOutputAsShown("a\nb\n", "a\n"));
  EXPECT_FALSE(IsOutputAsShown("a\n", "a\nb\n"));
}

TEST(Tutorial, GivesWhatItShows) {
  if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
  const std::string document = ReadWholeFile("docs/tutorial.md");
  const auto steps = ReadConsoleSteps(document);
  ASSERT_GT(steps.size(), 10U);
  auto mounts = PrivateMounts::Enter(kSeconds);
  ASSERT_TRUE(mounts) << mounts.error().message;
  // What the document judges: a file system of its own, at the place that it names.
  ASSERT_EQ(mount("tutorial", "/srv", "tmpfs", 0, "mode=755"), 0);
  ASSERT_TRUE(mounts->Adopt("/srv"));

  const std::string output = OutputOf(ScriptOf(steps), mounts->scratch());
  const std::vector<std::string> parts = Parts(output, steps.size());
  ASSERT_EQ(parts.size(), steps.size()) << output;
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_TRUE(IsOutputAsShown(parts[i], steps[i].output))
        << "docs/tutorial.md line " << steps[i].line << ": " << steps[i].command << "gave\n"
        << parts[i];
  }
}

}  // namespace
}  // namespace portcullis::testing
