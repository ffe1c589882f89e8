// SPDX-License-Identifier: Apache-2.0
#include "tests/support/script_signer.h"

#include <cstdlib>
#include <map>

#include "base/base64.h"
#include "base/utf.h"

namespace portcullis::testing {
namespace {

using script::SignatureForm;
using Buffer = std::vector<uint8_t>;

struct Words {
  const char* extension;
  const char* first;
  const char* before;
  const char* after;
  const char* last;
  size_t width;
};
const Words& WordsOf(SignatureForm form) {
  static const std::map<SignatureForm, Words> words = {
      {SignatureForm::kPowerShell,
       {"ps1", "# SIG # Begin signature block", "# ", "", "# SIG # End signature block", 64}},
      {SignatureForm::kPowerShellXml,
       {"ps1xml", "<!-- SIG # Begin signature block -->", "<!-- ", " -->",
        "<!-- SIG # End signature block -->", 64}},
      {SignatureForm::kManagedObject,
       {"mof", "/* SIG # Begin signature block */", "/* ", " */", "/* SIG # End signature block */",
        64}},
      {SignatureForm::kVbScript,
       {"vbs", "'' SIG '' Begin signature block", "'' SIG '' ", "", "'' SIG '' End signature block",
        44}},
      {SignatureForm::kJScript,
       {"js", "// SIG // Begin signature block", "// SIG // ", "", "// SIG // End signature block",
        44}},
      {SignatureForm::kWindowsScript,
       {"wsf", "<signature>", "** SIG ** ", "", "</signature>", 44}}};
  return words.at(form);
}

bool IsOfWsh(SignatureForm form) {
  return form == SignatureForm::kVbScript || form == SignatureForm::kJScript ||
         form == SignatureForm::kWindowsScript;
}

void Append(Buffer& to, const Buffer& bytes) {
  for (const uint8_t byte : bytes) to.push_back(byte);
}

Buffer LittleEndianUnits(const std::u16string& text) {
  Buffer bytes;
  for (const char16_t unit : text) {
    bytes.push_back(static_cast<uint8_t>(unit & 0xFF));
    bytes.push_back(static_cast<uint8_t>(unit >> 8));
  }
  return bytes;
}

std::u16string Wide(const std::string& ascii) { return {ascii.begin(), ascii.end()}; }

bool HasMark(TextCode code) { return code != TextCode::kUtf8 && code != TextCode::kWindows1252; }

}  // namespace

const char* ExtensionOf(SignatureForm form) { return WordsOf(form).extension; }

Buffer Encode(const std::u16string& text, TextCode code) {
  Buffer bytes = LittleEndianUnits(text);
  if (code == TextCode::kUtf16Le) return bytes;
  if (code == TextCode::kUtf16Be) {
    for (size_t i = 0; i < bytes.size(); i += 2) std::swap(bytes[i], bytes[i + 1]);
    return bytes;
  }
  if (code != TextCode::kWindows1252) {
    const std::string utf8 = Utf16LeToUtf8(bytes).value();
    return {utf8.begin(), utf8.end()};
  }
  Buffer narrow;
  for (const char16_t unit : text) {
    if (unit > 0xFF && unit != u'\u20AC') std::abort();  // all that the tests have of 0x80 to 0x9F
    narrow.push_back(unit == u'\u20AC' ? 0x80 : static_cast<uint8_t>(unit));
  }
  return narrow;
}

Buffer ScriptContent(const ScriptSpec& spec) {
  const std::u16string& text = spec.taken_for ? *spec.taken_for : spec.text;
  if (!IsOfWsh(spec.form)) {
    return LittleEndianUnits((HasMark(spec.code) ? u"\uFEFF" : u"") + text);
  }
  Buffer content = LittleEndianUnits(text);
  if (spec.form == SignatureForm::kWindowsScript) Append(content, LittleEndianUnits(spec.behind));
  for (unsigned shift = 0; shift < 32; shift += 8) {
    content.push_back(static_cast<uint8_t>(text.size() >> shift & 0xFF));
  }
  return content;
}

BuiltScript BuildScript(const ScriptSpec& spec, Bytes signature) {
  BuiltScript built;
  const Words& words = WordsOf(spec.form);
  const auto add = [&](const std::u16string& text) {
    Append(built.bytes, Encode(text, spec.code));
  };
  if (HasMark(spec.code)) add(u"\uFEFF");
  add(spec.text);
  built.begin = built.bytes.size();
  add(spec.line_end);
  built.first_line = built.bytes.size();
  add(Wide(words.first) + spec.line_end);
  const std::string base64 = Base64(AsText(signature));
  for (size_t i = 0; i < base64.size(); i += words.width) {
    add(Wide(words.before + base64.substr(i, words.width) + words.after) + spec.line_end);
  }
  add(Wide(words.last));
  built.last_line_end = built.bytes.size();
  add(spec.line_end);
  built.end = built.bytes.size();
  if (spec.form == SignatureForm::kWindowsScript) add(spec.behind);
  return built;
}

BuiltScript SignScript(const ScriptSpec& spec, const SignSpec& signer) {
  return BuildScript(spec, Sign(ScriptContent(spec), signer));
}

}  // namespace portcullis::testing
