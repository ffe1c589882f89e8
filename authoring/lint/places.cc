// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/places.h"

#include "formats/xml/byte_stream.h"

namespace portcullis::lint {

class Places::Reader final : public xml::Handler {
 public:
  explicit Reader(Places& places) : places_(places) {}

  void OnStartTag(const xml::StartTag& tag, xml::Cursor& cursor) override {
    if (tag.name.Is("RuleCollection")) places_.collections_.push_back(cursor.Here());
    if (!tag.name.local.ends_with("Rule")) return;
    for (const xml::Attribute& attribute : tag.attributes) {
      if (!attribute.name.Is("Id")) continue;
      const auto id = applocker::RuleId::Parse(attribute.value);
      if (id) places_.rules_.try_emplace(id->bytes, cursor.Here());
    }
  }
  void OnEndTag(xml::Cursor&) override {}
  void OnText(std::string_view, xml::Cursor&) override {}
  void OnCdata(xml::Cursor&) override {}

 private:
  Places& places_;
};

Places Places::Read(const ByteSource& policy) {
  Places places;
  Reader reader(places);
  xml::SourceStream stream(policy);
  static_cast<void>(xml::Parse(stream, reader));
  return places;
}

xml::Position Places::OfRule(const applocker::RuleId& id) const {
  const auto found = rules_.find(id.bytes);
  return found == rules_.end() ? xml::Position{0, 0} : found->second;
}

xml::Position Places::OfCollection(size_t number) const {
  return number < collections_.size() ? collections_[number] : xml::Position{0, 0};
}

}  // namespace portcullis::lint
