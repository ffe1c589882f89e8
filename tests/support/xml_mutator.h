// SPDX-License-Identifier: Apache-2.0
// Damages well-formed XML the way people and programs do: for holding two validators together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis {

// An element with its children; text is a child without a name.
struct XmlNode {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlNode> children;
  std::string raw;  // of a child without a name: written as it is
};

// `text` must be well-formed and without namespaces.
XmlNode ParseXmlTree(std::string_view text);
std::string WriteXmlTree(const XmlNode& node);

class XmlMutator {
 public:
  explicit XmlMutator(uint32_t seed) : random_(seed) {}

  // One to three changes somewhere in the tree.
  void Mutate(XmlNode& root);

 private:
  size_t Below(size_t end);
  template <typename T>
  const T& OneOf(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }
  XmlNode& AnyElement(XmlNode& root);
  void MutateAttributes(XmlNode& element);
  void MutateValue(const std::string& name, std::string& value);
  void MutateChildren(XmlNode& root, XmlNode& element);
  void InsertText(XmlNode& element);

  std::mt19937 random_;
};

}  // namespace portcullis
