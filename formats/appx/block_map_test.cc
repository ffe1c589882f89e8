// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/block_map.h"

#include "base/base64.h"
#include "formats/authenticode/digest.h"
#include "tests/support/appx_builder.h"

namespace portcullis::appx {
namespace {

using authenticode::DigestAlgorithm;
using testing::BlockMapOf;
using ::testing::HasSubstr;
using testing::ToBytes;
using testing::ZipFile;

std::vector<ZipFile> Files() {
  return {{.name = "empty"},
          {.name = "folder/small", .content = ToBytes("some text")},
          {.name = "large",
           .content = std::vector<uint8_t>(3 * kBlockBytes + 1, 'x'),
           .is_deflated = true}};
}

// What is wrong with a package of these files and this map.
Result<void> Check(std::vector<ZipFile> files, std::string_view map) {
  files.push_back({.name = "AppxBlockMap.xml", .content = ToBytes(map)});
  const auto zip = testing::BuildZip({.files = files});
  const MemorySource source(zip.bytes);
  const auto directory = TRY(zip::Directory::Read(source));
  const auto parts = TRY(Parts::Index(directory));
  const zip::Entry& entry = directory.entries().back();
  return CheckBlockMap(source, parts, entry, {&entry});
}

Error FaultOf(const std::vector<ZipFile>& files, std::string_view map) {
  const auto checked = Check(files, map);
  return checked ? Error{ErrorCode::kNotFound, "no fault"} : checked.error();
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(AppxBlockMap, HoldsForTheFilesItWasMadeOf) {
  const auto checked = Check(Files(), BlockMapOf(Files()));
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST(AppxBlockMap, TellsOtherContentFromWhatItSays) {
  for (const size_t file : {size_t{1}, size_t{2}}) {
    auto files = Files();
    files[file].content.back() ^= 1;
    const Error error = FaultOf(files, BlockMapOf(Files()));
    EXPECT_EQ(error.code, ErrorCode::kUntrusted) << error.message;
    EXPECT_THAT(error.message, HasSubstr("other content"));
  }
}

TEST(AppxBlockMap, RefusesAMapThatIsNotThePackages) {
  const std::string good = BlockMapOf(Files());
  const struct {
    const char* from;
    const char* to;
    const char* word;
  } rows[] = {
      {"<BlockMap", "<Blockmap", "not BlockMap"},
      {"#sha256", "#sha1", "hashes by"},
      {"Name=\"empty\"", "Name=\"other\"", "not in the package"},
      {"Name=\"empty\"", "Name=\"LARGE\"", "another size"},
      {"Size=\"0\"", "Size=\"1\"", "another size"},
      {"Size=\"0\"", "Size=\"-0\"", "another size"},
      {"LfhSize=\"35\"", "LfhSize=\"34\"", "local header"},
      {"<File Name=\"empty\" Size=\"0\" LfhSize=\"35\"></File>", "", "does not name \"empty\""},
      {"</File>", "<Block Hash=\"\"/></File>", "more blocks"},
      {"</File>", "</File><File Name=\"empty\" Size=\"0\"/>", "twice"},
      {"</File>", "</File><Block Hash=\"\"/>", "no place"},
      {"</BlockMap>", "", "line 1"},
  };
  for (const auto& row : rows) {
    const Error error = FaultOf(Files(), Replaced(good, row.from, row.to));
    EXPECT_THAT(error.message, HasSubstr(row.word)) << row.from << " -> " << row.to;
  }
}

TEST(AppxBlockMap, RefusesAMapWithFewerBlocksThanContent) {
  const std::string good = BlockMapOf(Files());
  const size_t last = good.rfind("<Block ");
  const std::string short_map = good.substr(0, last) + good.substr(good.find("</File>", last));
  EXPECT_THAT(FaultOf(Files(), short_map).message, HasSubstr("fewer blocks"));
}

TEST(AppxBlockMap, RefusesPackedSizesThatDoNotFit) {
  const std::string good = BlockMapOf(Files());
  const size_t at = good.rfind(" Size=\"");
  const size_t end = good.find("/>", at);
  EXPECT_THAT(FaultOf(Files(), good.substr(0, at) + " Size=\"9999\"" + good.substr(end)).message,
              HasSubstr("another packed size"));
  EXPECT_THAT(FaultOf(Files(), good.substr(0, at) + good.substr(end)).message,
              HasSubstr("has no size"));
}

TEST(AppxBlockMap, HashesByEachOfItsAlgorithms) {
  const struct {
    const char* uri;
    DigestAlgorithm algorithm;
  } rows[] = {{"http://www.w3.org/2001/04/xmldsig-more#sha384", DigestAlgorithm::kSha384},
              {"http://www.w3.org/2001/04/xmlenc#sha512", DigestAlgorithm::kSha512}};
  const std::vector<ZipFile> files = {{.name = "x", .content = ToBytes("text")}};
  const std::string by_sha256 = BlockMapOf(files);
  const size_t hash = by_sha256.find("Hash=\"", by_sha256.find("<Block "));
  for (const auto& row : rows) {
    auto digest = authenticode::Digest::Create(row.algorithm).value();
    digest.Update(AsBytes("text"));
    const std::string map =
        by_sha256.substr(0, hash + 6) + Base64(AsText(digest.Finish())) + "\"/></File></BlockMap>";
    const auto checked =
        Check(files, Replaced(map, "http://www.w3.org/2001/04/xmlenc#sha256", row.uri));
    EXPECT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(FaultOf(files, map).code, ErrorCode::kUntrusted);
  }
}

TEST(AppxBlockMap, PassesOverElementsOfLaterNamespaces) {
  const std::string map =
      Replaced(BlockMapOf(Files()), "</File>",
               R"(<b:FileHash xmlns:b="http://schemas.microsoft.com/appx/2021/blockmap"/></File>)");
  const auto checked = Check(Files(), map);
  EXPECT_TRUE(checked) << checked.error().message;
}

}  // namespace
}  // namespace portcullis::appx
