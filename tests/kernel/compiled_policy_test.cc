// SPDX-License-Identifier: Apache-2.0
// A compiled policy in force: the service decides from the file that `policy compile` made as it
// does from the XML, before and after it is replaced, and goes on by it when a broken one is
// offered.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "tests/kernel/journal_fixture.h"

namespace portcullis::testing {
namespace {

using eventlog::EventId;

class CompiledPolicy : public JournalFixture {
 protected:
  RunOutcome Run(const std::string& name) const {
    return RunProgram({root_ + "/" + name}, {kUser, kUser, {}});
  }
  bool IsDenied(const std::string& name) const { return Run(name).error == EPERM; }

  // The policy as `policy compile` writes it; empty where it can not.
  std::string Compiled(const std::string& rules) const {
    const std::string xml = mounts_->scratch() + "/source.xml";
    const std::string image = mounts_->scratch() + "/image";
    WriteProgram(xml, ExePolicy(rules));
    const RunOutcome compiled =
        RunProgram({Built("cli/portcullis"), "policy", "compile", xml, "-o", image});
    return compiled.ran() && compiled.exit_status == 0 ? ReadWholeFile(image) : std::string();
  }
};

TEST_F(CompiledPolicy, DecidesIsReplacedAndStaysWhereAnotherIsBroken) {
  WriteProgram(root_ + "/one", TinyProgram() + "1");
  WriteProgram(root_ + "/two", TinyProgram() + "2");
  const std::string first = Compiled(PathRule("Allow", root_ + "/one"));
  const std::string second = Compiled(HashRule("Allow", Sha256Of(root_ + "/two")));
  ASSERT_FALSE(first.empty());
  ASSERT_FALSE(second.empty());
  ASSERT_TRUE(StartWith(first, ""));
  EXPECT_TRUE(Run("one").ran()) << service_->output();
  EXPECT_TRUE(IsDenied("two"));
  ASSERT_TRUE(service_->SetPolicy(second)) << service_->output();
  EXPECT_TRUE(Run("two").ran());
  EXPECT_TRUE(IsDenied("one"));

  std::string broken = first;
  broken[broken.size() / 2] = static_cast<char>(broken[broken.size() / 2] ^ 1);
  EXPECT_FALSE(service_->SetPolicy(broken));
  EXPECT_TRUE(Await([&] { return Events({EventId::kPolicyFailed}).size() == 1; }));
  EXPECT_TRUE(Run("two").ran()) << "the former policy stays";
  EXPECT_TRUE(IsDenied("one"));
}

}  // namespace
}  // namespace portcullis::testing
