// SPDX-License-Identifier: Apache-2.0
// Small worlds for the engines to agree on: files, policies about these files, and requests.
//
// Rules are made from the very files that the requests ask about, with a letter, a component or a
// field changed here and there, so that most rules come into play.
#pragma once

#include <string>
#include <vector>

#include "policy/policy_set.h"
#include "tests/policy/choices.h"

namespace portcullis::testing {

struct GeneratedFile {
  FileIdentity identity;
  std::vector<PathSpelling> spellings;
};

struct GeneratedWorld {
  MatchingSettings settings;
  std::vector<GeneratedFile> files;
  std::vector<FileAttributes> attributes;  // of the files, in their order
  std::vector<AccessToken> tokens;
  std::vector<std::vector<NamedPolicy>> layers;

  PolicySet Build() const;
};

GeneratedWorld GenerateWorld(Choices& choices);
Request GenerateRequest(const GeneratedWorld& world, Choices& choices);

// A pattern that a path of the world matches, or nearly does.
std::string GeneratePattern(const std::vector<GeneratedFile>& files, Choices& choices);

}  // namespace portcullis::testing
