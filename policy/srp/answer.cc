// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/answer.h"

namespace portcullis::srp {

const char* ToString(PathForm form) {
  switch (form) {
    case PathForm::kFile:
      return "file";
    case PathForm::kFileMask:
      return "file-mask";
    case PathForm::kName:
      return "name";
    case PathForm::kFolder:
      return "folder";
  }
  return "";
}

const char* ToString(NotAsked why) {
  switch (why) {
    case NotAsked::kAsked:
      return "asked";
    case NotAsked::kNoPolicy:
      return "no-policy";
    case NotAsked::kNotEnforced:
      return "not-enforced";
    case NotAsked::kLibrary:
      return "library";
    case NotAsked::kAdministrator:
      return "administrator";
    case NotAsked::kNotDesignated:
      return "not-designated";
    case NotAsked::kOtherKind:
      return "other-kind";
    case NotAsked::kSystemAccount:
      return "system-account";
  }
  return "";
}

std::strong_ordering Compare(const Specificity& a, const Specificity& b) {
  if (a.form != b.form) return a.form <=> b.form;
  if (a.depth != b.depth) return b.depth <=> a.depth;
  return b.literals <=> a.literals;
}

}  // namespace portcullis::srp
