// SPDX-License-Identifier: Apache-2.0
#include "formats/elf/elf_dependencies.h"

#include <fcntl.h>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "tests/support/elf_builder.h"

namespace portcullis::elf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Maker = portcullis::testing::ElfBuilder;

Maker TwoNamesAndAPath() {
  Maker maker;
  maker.strings = std::string("\0libc.so.6\0libpam.so.0\0$ORIGIN/lib\0", 35);
  return maker;
}

Result<ElfDependencies> Parse(const std::string& file) {
  return ElfDependencies::Parse(MemorySource(AsBytes(file)));
}

TEST(ElfDependencies, AreNamedAsTheyAreWritten) {
  Maker maker = TwoNamesAndAPath();
  maker.dynamic = {{1, 1}, {1, 11}, {29, 23}};
  const auto found = Parse(maker.Make());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->interpreter, "/lib64/ld.so");
  EXPECT_THAT(found->needed, ElementsAre("libc.so.6", "libpam.so.0"));
  EXPECT_EQ(found->run_path, "$ORIGIN/lib");
}

TEST(ElfDependencies, TakeTheFormerRunPathOnlyWhereThereIsNoOther) {
  Maker maker = TwoNamesAndAPath();
  maker.dynamic = {{15, 23}};
  EXPECT_EQ(Parse(maker.Make())->run_path, "$ORIGIN/lib");
  maker.dynamic = {{15, 1}, {29, 23}};
  EXPECT_EQ(Parse(maker.Make())->run_path, "$ORIGIN/lib");
}

TEST(ElfDependencies, AreNoneWithoutADynamicSectionsNames) {
  const auto found = Parse(Maker().Make());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->needed.empty());
}

TEST(ElfDependencies, RefuseNamesOutsideOfTheStrings) {
  Maker maker = TwoNamesAndAPath();
  maker.dynamic = {{1, 4000}};
  const auto outside = Parse(maker.Make());
  ASSERT_FALSE(outside);
  EXPECT_THAT(outside.error().message, HasSubstr("outside"));
  maker.dynamic = {{1, 1}};
  maker.strings = std::string("\0endless", 8);
  const auto endless = Parse(maker.Make());
  ASSERT_FALSE(endless);
  EXPECT_THAT(endless.error().message, HasSubstr("does not end"));
  maker.strings_at = 0xFFFF'FFFF'FFFF'FF00;
  const auto nowhere = Parse(maker.Make());
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("no segment"));
}

TEST(ElfDependencies, OfThisTestHaveTheCLibrary) {
  const UniqueFd fd(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const auto source = FdSource::Create(fd.get());
  ASSERT_TRUE(source);
  const auto found = ElfDependencies::Parse(*source);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->needed, ::testing::Contains(HasSubstr("libc.")));
  EXPECT_THAT(found->interpreter, HasSubstr("/ld"));
}

}  // namespace
}  // namespace portcullis::elf
