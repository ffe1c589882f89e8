// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/registry_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::srp {
namespace {

using Action = registry::Change::Action;
using registry::Type;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RegistryTreeTest : public ::testing::Test {
 protected:
  void Do(Action action, const std::string& key, const std::string& value = "", uint8_t data = 0) {
    tree_.Apply({action, {key, value, Type::kBinary, {data}}, ++place_}, key, 0);
  }
  // "key: name=data name=data", in order.
  std::vector<std::string> Seen() const {
    std::vector<std::string> seen;
    for (const TreeKey* key : tree_.InOrder()) {
      std::string line = key->path + ":";
      for (const TreeValue* value : key->InOrder()) {
        line += " " + value->entry.value + "=" + std::to_string(value->entry.data.front());
      }
      seen.push_back(line);
    }
    return seen;
  }

  RegistryTree tree_;
  uint32_t place_ = 0;
};

TEST_F(RegistryTreeTest, KeepsKeysAndValuesInTheOrderTheyCame) {
  Do(Action::kSetValue, "Z", "b", 1);
  Do(Action::kMakeKey, "A");
  Do(Action::kSetValue, "Z", "a", 2);
  Do(Action::kSetValue, "z", "B", 3);
  EXPECT_THAT(Seen(), ElementsAre("Z: B=3 a=2", "A:"));
  EXPECT_EQ(tree_.Find("Z")->Find("B")->place, 4U) << "where it was set last";
  EXPECT_EQ(tree_.Find("z"), nullptr) << "it is found in upper case";
}

TEST_F(RegistryTreeTest, SetsSomeValuesOnlyWhereThereAreNone) {
  Do(Action::kSetIfAbsent, "K", "a", 1);
  Do(Action::kSetIfAbsent, "K", "A", 2);
  EXPECT_THAT(Seen(), ElementsAre("K: a=1"));
}

TEST_F(RegistryTreeTest, DeletesValues) {
  Do(Action::kSetValue, "K", "a", 1);
  Do(Action::kSetValue, "K", "b", 2);
  Do(Action::kDeleteValue, "k", "A");
  Do(Action::kDeleteValue, "absent", "A");
  EXPECT_THAT(Seen(), ElementsAre("K: b=2"));
  Do(Action::kDeleteAllValues, "K");
  Do(Action::kDeleteAllValues, "absent");
  EXPECT_THAT(Seen(), ElementsAre("K:"));
}

TEST_F(RegistryTreeTest, DeletesAKeyAndWhatIsBelowItAlone) {
  for (const char* key : {"A\\K", "A\\K\\x", "A\\K\\x\\y", "A\\K]", "A\\K[", "A\\Kx", "A"}) {
    Do(Action::kMakeKey, key);
  }
  Do(Action::kDeleteKey, "a\\k");
  EXPECT_THAT(Seen(), ElementsAre("A\\K]:", "A\\K[:", "A\\Kx:", "A:"));
  Do(Action::kMakeKey, "A\\K");
  EXPECT_EQ(Seen().back(), "A\\K:") << "made anew it comes last";
  Do(Action::kDeleteKey, "A");
  EXPECT_THAT(Seen(), IsEmpty());
}

}  // namespace
}  // namespace portcullis::srp
