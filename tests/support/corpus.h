// SPDX-License-Identifier: Apache-2.0
// The corpus of real material that stands beside the checkout, for the tests that read it.
//
// Shape:   $PORTCULLIS_CORPUS, or ../shared/corpus as seen from the checkout. A test that gets
//          nothing here skips itself with kCorpusAbsent.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

namespace portcullis {

inline constexpr std::string_view kCorpusAbsent = "corpus absent";

// A file or folder of the corpus, by its path inside it; nothing where it is not there.
inline std::optional<std::filesystem::path> CorpusFile(std::string_view relative) {
  namespace fs = std::filesystem;
  const char* const given = std::getenv("PORTCULLIS_CORPUS");
  // Where the compiler was given a relative name this is relative too, and right in the checkout,
  // which is where tests run.
  const fs::path checkout = fs::path(__FILE__).parent_path().parent_path().parent_path();
  const fs::path corpus =
      given != nullptr ? fs::path(given) : checkout.parent_path() / "shared" / "corpus";
  std::error_code error;
  if (!fs::exists(corpus / relative, error)) return std::nullopt;
  return fs::absolute(corpus / relative);
}

}  // namespace portcullis
