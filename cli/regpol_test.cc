// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/regpol.h"

#include "base/little_endian.h"
#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using registry::Entry;
using registry::Type;
using ::testing::HasSubstr;

std::vector<uint8_t> Units(std::string_view text) {
  const std::string bytes = ToUtf16Le(text);
  return {bytes.begin(), bytes.end()};
}

Ran RunOn(const std::vector<Entry>& entries, const std::vector<std::string>& more) {
  const Folder folder;
  std::vector<std::string> arguments = {
      "regpol", folder.Write("Registry.pol", registry::BuildRegistryPol(entries).value())};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunCli(arguments);
}

TEST(Regpol, PrintsAnObjectAnEntry) {
  const Ran ran = RunOn({{"Soft\\K", "N", Type::kDword, {1, 0, 4, 0}},
                         {"Soft\\K", "", Type::kExpandSz, Units("%A%\\x")},
                         {"Soft\\K", "T", Type::kMultiSz, Units(std::string_view("A\0B\0\0", 5))},
                         {"Soft\\K", "**del.Old", Type::kSz, Units(" ")},
                         {"K", "B", Type::kBinary, {0xAB, 1}},
                         {"K", "Odd", Type::kDword, {7}},
                         {"K", "Quad", Type::kQword, {7}},
                         {"K", "X", static_cast<Type>(0x99), {8}}},
                        {"--format", "json"});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(
      ran.lines(),
      ::testing::ElementsAre(
          R"j({"key":"Soft\\K","value":"N","type":"REG_DWORD","data":262145,"bytes":"01000400","special":null})j",
          R"j({"key":"Soft\\K","value":"","type":"REG_EXPAND_SZ","data":"%A%\\x","bytes":"2500410025005c007800","special":null})j",
          R"j({"key":"Soft\\K","value":"T","type":"REG_MULTI_SZ","data":["A","B"],"bytes":"41000000420000000000","special":null})j",
          R"j({"key":"Soft\\K","value":"**del.Old","type":"REG_SZ","data":" ","bytes":"2000","special":{"action":"delete-value","name":"Old"}})j",
          R"j({"key":"K","value":"B","type":"REG_BINARY","data":"ab01","bytes":"ab01","special":null})j",
          R"j({"key":"K","value":"Odd","type":"REG_DWORD","data":null,"bytes":"07","special":null})j",
          R"j({"key":"K","value":"Quad","type":"REG_QWORD","data":null,"bytes":"07","special":null})j",
          R"j({"key":"K","value":"X","type":"0x99","data":"08","bytes":"08","special":null})j"));
}

TEST(Regpol, PrintsATable) {
  const Ran ran = RunOn({{"Soft\\K", "N", Type::kDword, {1, 0, 4, 0}},
                         {"Soft\\K", "", Type::kSz, Units("a\x1B[1m")},
                         {"Other", "L", Type::kMultiSz, Units(std::string_view("A\0B\0\0", 5))}},
                        {});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_EQ(ran.out,
            "Soft\\K\n"
            "  N                         REG_DWORD      262145 (0x40001)\n"
            "  (Default)                 REG_SZ         a\\x1b[1m\n"
            "Other\n"
            "  L                         REG_MULTI_SZ   A; B\n"
            "3 entries\n");
}

TEST(Regpol, RefusesABrokenFileWhole) {
  const Folder folder;
  std::string bytes =
      registry::BuildRegistryPol(std::vector<Entry>(2, {"K", "v", Type::kNone, {}})).value();
  bytes.pop_back();
  const Ran ran = RunCli({"regpol", folder.Write("broken.pol", bytes), "--format", "json"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("broken.pol"));
  EXPECT_EQ(RunCli({"regpol", folder.path() + "/absent"}).status, ExitStatus::kFailed);
  EXPECT_EQ(RunCli({"regpol"}).status, ExitStatus::kUsage);
}

}  // namespace
}  // namespace portcullis::cli
