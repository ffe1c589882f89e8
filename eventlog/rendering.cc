// SPDX-License-Identifier: Apache-2.0
#include "eventlog/rendering.h"

#include <array>

namespace portcullis::eventlog {
namespace {

constexpr std::array kRenderings = {Rendering::kEcs,      Rendering::kXml,     Rendering::kOcsf,
                                    Rendering::kJournald, Rendering::kRfc5424, Rendering::kFacts,
                                    Rendering::kSrpLog};

}  // namespace

const char* ToString(Rendering rendering) {
  switch (rendering) {
    case Rendering::kEcs:
      return "ecs";
    case Rendering::kXml:
      return "xml";
    case Rendering::kOcsf:
      return "ocsf";
    case Rendering::kJournald:
      return "journald";
    case Rendering::kRfc5424:
      return "rfc5424";
    case Rendering::kFacts:
      return "facts";
    case Rendering::kSrpLog:
      return "srp-log";
  }
  return "ecs";
}

std::optional<Rendering> ParseRendering(std::string_view name) {
  for (const Rendering rendering : kRenderings) {
    if (name == ToString(rendering)) return rendering;
  }
  return std::nullopt;
}

std::string Render(Rendering rendering, const Event& event, const Origin& origin) {
  switch (rendering) {
    case Rendering::kEcs:
      return RenderEcs(event, origin);
    case Rendering::kXml:
      return RenderXml(event, origin);
    case Rendering::kOcsf:
      return RenderOcsf(event, origin);
    case Rendering::kJournald:
      return RenderJournald(event, origin);
    case Rendering::kRfc5424:
      return RenderRfc5424(event, origin);
    case Rendering::kFacts:
      return RenderFacts(event);
    case Rendering::kSrpLog:
      return RenderSrpLog(event);
  }
  return RenderEcs(event, origin);
}

}  // namespace portcullis::eventlog
