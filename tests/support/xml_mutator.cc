// SPDX-License-Identifier: Apache-2.0
#include "tests/support/xml_mutator.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/byte_source.h"
#include "formats/xml/escape.h"
#include "formats/xml/parser.h"

namespace portcullis {
namespace {

class TreeBuilder final : public xml::Handler {
 public:
  void OnStartTag(const xml::StartTag& tag, xml::Cursor&) override {
    XmlNode node;
    node.name = tag.name.local;
    for (const auto& attribute : tag.attributes) {
      node.attributes.emplace_back(attribute.name.local, attribute.value);
    }
    open_.push_back(std::move(node));
  }
  void OnEndTag(xml::Cursor&) override {
    XmlNode node = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) {
      root = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
  }
  void OnText(std::string_view, xml::Cursor&) override {}
  void OnCdata(xml::Cursor&) override {}

  XmlNode root;

 private:
  std::vector<XmlNode> open_;
};

void Collect(XmlNode& node, std::vector<XmlNode*>& elements) {
  if (node.name.empty()) return;
  elements.push_back(&node);
  for (XmlNode& child : node.children) Collect(child, elements);
}

const std::vector<std::string> kElementNames = {
    "AppLockerPolicy",
    "RuleCollection",
    "FilePublisherRule",
    "FilePathRule",
    "FileHashRule",
    "Conditions",
    "Exceptions",
    "FilePublisherCondition",
    "FilePathCondition",
    "FileHashCondition",
    "BinaryVersionRange",
    "FileHash",
    "RuleCollectionExtensions",
    "ThresholdExtensions",
    "Services",
    "RedstoneExtensions",
    "SystemApps",
    "OriginDataRevocation",
    "PolicyExtensions",
    "Plugins",
    "Plugin",
    "ExecutionCategories",
    "ExecutionCategory",
    "Policies",
    "Policy",
    "Unknown",
    "filepathrule",
};
const std::vector<std::string> kAttributeNames = {
    "Version",
    "Type",
    "EnforcementMode",
    "Id",
    "Name",
    "Description",
    "UserOrGroupSid",
    "Action",
    "PublisherName",
    "ProductName",
    "BinaryName",
    "LowSection",
    "HighSection",
    "Path",
    "Data",
    "SourceFileName",
    "SourceFileLength",
    "Allow",
    "CurrentOriginDataId",
    "AppidTypes",
    "type",
    "unknown",
    "xml:lang",
    "xml:space",
};
// Already escaped.
const std::vector<std::string> kTexts = {
    " ",
    "\n  ",
    "\t",
    "text",
    "&#32;",
    "&#65;",
    "&amp;",
    "<!-- comment -->",
    "<?pi?>",
    "<![CDATA[]]>",
    "<![CDATA[ ]]>",
    "<![CDATA[x]]>",
    "\xC2\xA0",
    "<!---->",
    "<p:e xmlns:p=\"urn:p\" p:a=\"1\"/>",
    "<e xmlns=\"urn:d\"/>",
    "<e xmlns=\"\">t</e>",
};
const std::vector<std::string> kValues = {
    "",
    " ",
    "*",
    "1",
    "0",
    "-1",
    "+1",
    "1.0",
    "1.",
    ".5",
    "01",
    "1.0.0.0",
    "1.2.3",
    "1.2.3.4.5",
    "65536.0.0.0",
    "99999.99999.99999.99999",
    "123456.0.0.0",
    "1-2-3-4",
    "1234567",
    "1\n2.3.4",
    "S-1-1-0",
    "S-1-1",
    "S-1-5-32-544",
    "s-1-1-0",
    "S-1-5-ab",
    "BA",
    "Everyone",
    "S-1-1-0-",
    "Allow",
    "Deny",
    "allow",
    "Enabled",
    "NotEnabled",
    "AuditOnly",
    "NotConfigured",
    "ServicesOnly",
    "Audit",
    "enabled",
    "SHA256",
    "SHA256Flat",
    "SHA1",
    "sha256",
    "MD5",
    "Exe",
    "Dll",
    "exe",
    "Hash",
    "Path Publisher",
    " Hash  Path ",
    "hash",
    "Hash,Path",
    "4294967295",
    "4294967296",
    "999999999999999999999999",
    "9999999999999999999999999",
    "1e5",
    "INF",
    "x",
    "00000000-0000-0000-0000-000000000001",
    "{00000000-0000-0000-0000-000000000001}",
    "00000000-0000-0000-0000-00000000000G",
    "00000000000000000000000000000001",
    "0x00",
    "0x",
    "\xC3\xA9",
    "\xF0\x9F\x98\x80",
    "1\xE2\x80\xA4\x32.3.4",
    "\xEF\xBC\x91",
};

void AppendTree(std::string& out, const XmlNode& node) {
  if (node.name.empty()) {
    out += node.raw;
    return;
  }
  out += "<" + node.name;
  for (const auto& [name, value] : node.attributes) {
    out += " " + name + "=\"";
    xml::AppendEscaped(out, value);
    out += "\"";
  }
  if (node.children.empty()) {
    out += "/>";
    return;
  }
  out += ">";
  for (const XmlNode& child : node.children) AppendTree(out, child);
  out += "</" + node.name + ">";
}

}  // namespace

XmlNode ParseXmlTree(std::string_view text) {
  const MemorySource source(AsBytes(text));
  xml::SourceStream stream(source);
  TreeBuilder builder;
  if (xml::Parse(stream, builder)) std::abort();
  return std::move(builder.root);
}

std::string WriteXmlTree(const XmlNode& node) {
  std::string out;
  AppendTree(out, node);
  return out;
}

size_t XmlMutator::Below(size_t end) {
  return std::uniform_int_distribution<size_t>(0, end - 1)(random_);
}

XmlNode& XmlMutator::AnyElement(XmlNode& root) {
  std::vector<XmlNode*> elements;
  Collect(root, elements);
  return *elements[Below(elements.size())];
}

void XmlMutator::Mutate(XmlNode& root) {
  for (size_t changes = 1 + Below(3) / 2; changes > 0; --changes) {
    XmlNode& element = AnyElement(root);
    if (Below(5) < 3) {
      MutateAttributes(element);
    } else {
      MutateChildren(root, element);
    }
  }
}

void XmlMutator::MutateAttributes(XmlNode& element) {
  auto& attributes = element.attributes;
  if (attributes.empty() || Below(8) == 0) {
    attributes.emplace_back(OneOf(kAttributeNames), OneOf(kValues));
    return;
  }
  const size_t i = Below(attributes.size());
  switch (Below(10)) {
    case 0:
      attributes.erase(attributes.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    case 1:
      attributes[i].first = OneOf(kAttributeNames);
      return;
    case 2:
      std::swap(attributes[i], attributes[Below(attributes.size())]);
      return;
    case 3:
      std::swap(attributes[i].second, attributes[Below(attributes.size())].second);
      return;
    default:
      MutateValue(attributes[i].first, attributes[i].second);
  }
}

void XmlMutator::MutateValue(const std::string& name, std::string& value) {
  switch (Below(8)) {
    case 0:
      value = std::string(OneOf(std::vector<size_t>{1024, 1025, 32767, 32768}), 'x');
      return;
    case 1:
      value.insert(Below(value.size() + 1), 1, ' ');
      // xmllint does not trim an xs:unsignedInt, which XML Schema asks for.
      if (name.ends_with("OriginDataId")) value.assign(1, '7');
      return;
    case 2:
      if (!value.empty()) value.pop_back();
      while (!value.empty() && static_cast<uint8_t>(value.back()) >= 0x80) value.pop_back();
      return;
    case 3:
      value += "0";
      return;
    case 4:
      for (char& c : value) {
        const auto byte = static_cast<unsigned char>(c);
        c = static_cast<char>(std::isupper(byte) != 0 ? std::tolower(byte) : std::toupper(byte));
      }
      return;
    case 5:
      std::replace(value.begin(), value.end(), '.', ',');
      return;
    default:
      value = OneOf(kValues);
      if (name.ends_with("OriginDataId") && value.find(' ') != std::string::npos) value.clear();
  }
}

void XmlMutator::MutateChildren(XmlNode& root, XmlNode& element) {
  auto& children = element.children;
  const auto at = [&](size_t i) { return children.begin() + static_cast<std::ptrdiff_t>(i); };
  if (children.empty() || Below(4) == 0) return InsertText(element);
  const size_t i = Below(children.size());
  switch (Below(7)) {
    case 0:
      children.erase(at(i));
      return;
    case 1:
      children.insert(at(i), XmlNode(children[i]));
      return;
    case 2:
      std::swap(children[i], children[Below(children.size())]);
      return;
    case 3:
      if (!children[i].name.empty()) children[i].name = OneOf(kElementNames);
      return;
    case 4:
      children.push_back(XmlNode(AnyElement(root)));
      return;
    case 5:
      children[i].children.clear();
      return;
    default: {
      XmlNode copy = AnyElement(root);
      children.insert(at(i), std::move(copy));
    }
  }
}

void XmlMutator::InsertText(XmlNode& element) {
  XmlNode text;
  text.raw = OneOf(kTexts);
  const auto place = static_cast<std::ptrdiff_t>(Below(element.children.size() + 1));
  element.children.insert(element.children.begin() + place, std::move(text));
}

}  // namespace portcullis
