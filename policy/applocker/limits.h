// SPDX-License-Identifier: Apache-2.0
// The named limits of AppLocker policies, each with where it comes from.
#pragma once

#include <cstddef>
#include <cstdint>

namespace portcullis::applocker {

// Windows' converter refuses a collection with more (reverse-engineered, appidpolicyconverter).
inline constexpr size_t kMaxRulesPerCollection = 0xFFFD;
// Of the schema, in characters.
inline constexpr size_t kMaxNameLength = 1024;
inline constexpr size_t kMaxDescriptionLength = 1024;
inline constexpr size_t kMaxPathLength = 32767;
// Ours: the schema knows no end, memory does.
inline constexpr uint64_t kMaxPolicyBytes = 128ULL << 20;
// A policy file of any kind: a compiled one holds the rules and the tables made from them.
inline constexpr uint64_t kMaxPolicyFileBytes = 4 * kMaxPolicyBytes;
inline constexpr size_t kMaxXmlDepth = 32;
inline constexpr size_t kMaxHashesPerPolicy = 1'000'000;
inline constexpr size_t kMaxExceptionsPerRule = 10'000;
inline constexpr size_t kMaxPublisherTextLength = 32767;

}  // namespace portcullis::applocker
