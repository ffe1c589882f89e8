// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over files without libFuzzer: `replay FILE-or-FOLDER...`. Besides each seed it
// runs a few thousand mutations of it, from a fixed seed, so that every test run fuzzes a little.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMutationsInAll = 4000;
constexpr size_t kMaxSeedBytes = 1 << 20;

using Input = std::vector<uint8_t>;

Input ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return Input(std::istreambuf_iterator<char>(stream), {});
}

std::vector<std::filesystem::path> FilesBelow(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

void Mutate(Input& input, std::mt19937& random) {
  const auto below = [&](size_t end) {
    return std::uniform_int_distribution<size_t>(0, end - 1)(random);
  };
  for (size_t edits = 1 + below(6); edits > 0 && !input.empty(); --edits) {
    const size_t at = below(input.size());
    switch (below(5)) {
      case 0:
        input[at] = static_cast<uint8_t>(random());
        break;
      case 1:
        input[at] ^= static_cast<uint8_t>(1U << below(8));
        break;
      case 2:
        input.resize(at);
        break;
      case 3:
        input.insert(input.begin() + static_cast<std::ptrdiff_t>(at),
                     static_cast<uint8_t>(random()));
        break;
      default:
        for (size_t i = at; i < std::min(input.size(), at + 4); ++i)
          input[i] = below(2) == 0 ? 0xFF : 0;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto files = FilesBelow(argc, argv);
  if (files.empty()) {
    std::fprintf(stderr, "replay: no seeds\n");
    return 2;
  }
  std::mt19937 random(20261124);
  const char* const given = std::getenv("PORTCULLIS_REPLAY_RUNS");
  const size_t in_all = given != nullptr ? std::strtoul(given, nullptr, 10) : kMutationsInAll;
  const size_t mutations = std::max<size_t>(1, in_all / files.size());
  size_t runs = 0;
  for (const auto& file : files) {
    const Input seed = ReadFile(file);
    LLVMFuzzerTestOneInput(seed.data(), seed.size());
    ++runs;
    for (size_t i = 0; i < mutations && seed.size() <= kMaxSeedBytes; ++i, ++runs) {
      Input input = seed;
      Mutate(input, random);
      LLVMFuzzerTestOneInput(input.data(), input.size());
    }
  }
  std::printf("replayed %zu seeds, %zu runs\n", files.size(), runs);
  return 0;
}
