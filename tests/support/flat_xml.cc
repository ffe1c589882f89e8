// SPDX-License-Identifier: Apache-2.0
#include "tests/support/flat_xml.h"

#include <expat.h>

#include <memory>

namespace portcullis::testing {
namespace {

struct Reading {
  std::vector<FlatElement> elements;
  std::vector<size_t> open;
};

void OnStart(void* user, const XML_Char* name, const XML_Char** attributes) {
  auto& reading = *static_cast<Reading*>(user);
  FlatElement element;
  element.name = name;
  for (; *attributes != nullptr; attributes += 2) element.attributes[attributes[0]] = attributes[1];
  reading.open.push_back(reading.elements.size());
  reading.elements.push_back(std::move(element));
}

void OnEnd(void* user, const XML_Char*) { static_cast<Reading*>(user)->open.pop_back(); }

void OnText(void* user, const XML_Char* text, int size) {
  auto& reading = *static_cast<Reading*>(user);
  reading.elements[reading.open.back()].text.append(text, static_cast<size_t>(size));
}

}  // namespace

std::optional<std::vector<FlatElement>> ReadFlatXml(std::string_view text) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreateNS("UTF-8", ' '), XML_ParserFree);
  Reading reading;
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), OnStart, OnEnd);
  XML_SetCharacterDataHandler(parser.get(), OnText);
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) != XML_STATUS_OK) {
    return std::nullopt;
  }
  return reading.elements;
}

}  // namespace portcullis::testing
