// SPDX-License-Identifier: Apache-2.0
// Holds man pages and shell completion to the options that the program has.
#include <set>

#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Every "--option" that the help of a command shows, but for --help itself.
std::set<std::string> OptionsOf(std::vector<std::string> command) {
  command.emplace_back("--help");
  std::string help = RunCli(command).out;
  help.resize(help.find("Example:"));
  std::set<std::string> options;
  for (size_t at = help.find("--"); at != std::string::npos; at = help.find("--", at + 2)) {
    const size_t end = help.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    const std::string option = help.substr(at, end - at);
    // In running text an option stands behind a blank; in the list, behind two or a comma.
    if (option.size() > 2 && option != "--help") options.insert(option);
  }
  return options;
}

std::string Unescaped(std::string text) {
  for (size_t at = text.find("\\-"); at != std::string::npos; at = text.find("\\-", at)) {
    text.erase(at, 1);
  }
  return text;
}

struct Documented {
  std::vector<std::string> command;
  std::string man_page;
};

const std::vector<Documented>& AllDocumented() {
  static const std::vector<Documented> all = {
      {{"inspect"}, "portcullis-inspect.1"},
      {{"test"}, "portcullis-test.1"},
      {{"explain"}, "portcullis-explain.1"},
      {{"simulate"}, "portcullis-simulate.1"},
      {{"catalog", "index"}, "portcullis-catalog.1"},
      {{"policy", "check"}, "portcullis-policy.1"},
      {{"policy", "show"}, "portcullis-policy.1"},
      {{"policy", "lint"}, "portcullis-policy.1"},
      {{"policy", "sddl"}, "portcullis-policy.1"},
      {{"policy", "set"}, "portcullis-policy.1"},
      {{"policy", "confirm"}, "portcullis-policy.1"},
      {{"policy", "new"}, "portcullis-policy-new.1"},
      {{"policy", "compile"}, "portcullis-policy.1"},
      {{"policy", "revert"}, "portcullis-policy.1"},
      {{"policy", "merge"}, "portcullis-policy.1"},
      {{"policy", "diff"}, "portcullis-policy.1"},
      {{"policy", "optimize"}, "portcullis-policy.1"},
      {{"policy", "edit", "add-rule"}, "portcullis-policy.1"},
      {{"policy", "edit", "remove-rule"}, "portcullis-policy.1"},
      {{"policy", "edit", "set-mode"}, "portcullis-policy.1"},
      {{"policy", "edit", "apply"}, "portcullis-policy.1"},
      {{"serve"}, "portcullis-serve.1"},
      {{"doctor"}, "portcullis-doctor.1"},
      {{"events"}, "portcullis-events.1"},
      {{"status"}, "portcullis-status.1"},
      {{"sddl", "parse"}, "portcullis-sddl.1"},
      {{"sddl", "print"}, "portcullis-sddl.1"},
      {{"sddl", "check"}, "portcullis-sddl.1"},
      {{"regpol"}, "portcullis-regpol.1"},
      {{"srp", "show"}, "portcullis-srp.1"},
      {{"srp", "check"}, "portcullis-srp.1"},
      {{"srp", "convert"}, "portcullis-srp.1"},
      {{"srp", "test"}, "portcullis-test.1"},
      {{"srp", "explain"}, "portcullis-explain.1"},
      {{"srp", "run"}, "portcullis-srp.1"},
      {{"srp", "to-applocker"}, "portcullis-srp.1"},
  };
  return all;
}

TEST(Documents, ManPagesNameEveryOption) {
  for (const Documented& documented : AllDocumented()) {
    const std::string page = Unescaped(ReadText("docs/man/" + documented.man_page));
    const auto options = OptionsOf(documented.command);
    ASSERT_GE(options.size(), 1U) << documented.man_page;
    for (const std::string& option : options) EXPECT_THAT(page, HasSubstr(option));
  }
}

TEST(Documents, CompletionsNameEveryOption) {
  for (const char* file : {"portcullis.bash", "_portcullis", "portcullis.fish"}) {
    const std::string text = ReadText("share/completions/" + std::string(file));
    for (const Documented& documented : AllDocumented()) {
      for (const std::string& option : OptionsOf(documented.command)) {
        // fish names a long option without its dashes.
        const bool is_fish = std::string_view(file).ends_with(".fish");
        EXPECT_THAT(text, HasSubstr(is_fish ? "-l " + option.substr(2) : option)) << file;
      }
    }
  }
}

TEST(Documents, ManPageOfTheProgramNamesEveryCommand) {
  const std::string page = Unescaped(ReadText("docs/man/portcullis.1"));
  for (const Command& command : Commands()) EXPECT_THAT(page, HasSubstr(command.name));
}

TEST(Documents, JsonPageNamesEveryMember) {
  const std::string page = ReadText("docs/cli-json.md");
  const Ran ran = RunCli({"explain", "--policy", "share/policies/default-rules.xml", "--format",
                          "json", "/usr/bin/ldd"});
  ASSERT_EQ(ran.objects().size(), 1U);
  const JsonValue explained = ran.objects()[0];
  for (const auto& [name, value] : *explained.AsObject()) {
    EXPECT_THAT(page, HasSubstr("`" + name + "`"));
  }
  for (const auto& [name, value] : *explained.Find("file")->AsObject()) {
    EXPECT_THAT(page, HasSubstr("`" + name + "`"));
  }
  for (const auto& [name, value] : *explained.Find("trace")->AsArray()->front().AsObject()) {
    EXPECT_THAT(page, HasSubstr("`" + name + "`"));
  }
}

}  // namespace
}  // namespace portcullis::cli
