// SPDX-License-Identifier: Apache-2.0
#include "formats/script/script.h"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::script {
namespace {

TEST(Script, IsKnownByItsInterpreterLine) {
  EXPECT_TRUE(HasInterpreterLine(AsBytes("#!/bin/sh\n")));
  EXPECT_TRUE(HasInterpreterLine(AsBytes("#!")));
  EXPECT_FALSE(HasInterpreterLine(AsBytes("#")));
  EXPECT_FALSE(HasInterpreterLine(AsBytes("\xEF\xBB\xBF#!/bin/sh")));  // the kernel refuses it too
}

TEST(Script, TakesTheExtensionOfTheLastComponent) {
  EXPECT_EQ(ExtensionOf("a.tar.gz"), "gz");
  EXPECT_EQ(ExtensionOf("dir.d/name"), "");
  EXPECT_EQ(ExtensionOf("C:\\dir.d\\name.PS1"), "PS1");
  EXPECT_EQ(ExtensionOf("name."), "");
  EXPECT_EQ(ExtensionOf(""), "");
}

TEST(Script, KnowsTheExtensionsOfScriptHosts) {
  for (const char* known : {"ps1", "PSM1", "psd1", "ps1xml", "vbs", "js", "wsf", "bat", "CMD", "sh",
                            "py", "pl", "mof"}) {
    EXPECT_TRUE(IsScriptExtension(known)) << known;
  }
  for (const char* unknown : {"", "exe", "dll", "msi", "txt", "ps", "ps11", "appx", "com"}) {
    EXPECT_FALSE(IsScriptExtension(unknown)) << unknown;
  }
}

TEST(Script, KnowsWhichAScriptHostOfWindowsAsksAbout) {
  for (const char* asked : {"ps1", "psd1", "vbs", "WSF", "bat", "cmd"}) {
    EXPECT_TRUE(IsWindowsScriptExtension(asked)) << asked;
  }
  for (const char* not_asked : {"py", "sh", "pl", "mof", "txt"}) {
    EXPECT_FALSE(IsWindowsScriptExtension(not_asked)) << not_asked;
  }
}

TEST(Script, KnowsHowTheSignatureOfEachStands) {
  const struct {
    SignatureForm form;
    std::vector<const char*> extensions;
  } rows[] = {
      {SignatureForm::kPowerShell, {"Ps1", "psm1", "PSD1"}},
      {SignatureForm::kPowerShellXml, {"ps1xml", "psc1", "cdxml"}},
      {SignatureForm::kManagedObject, {"mof"}},
      {SignatureForm::kVbScript, {"vbs", "vbe"}},
      {SignatureForm::kJScript, {"js", "jse"}},
      {SignatureForm::kWindowsScript, {"wsf"}},
  };
  for (const auto& row : rows) {
    for (const char* extension : row.extensions) {
      EXPECT_EQ(SignatureFormOf(extension), row.form) << extension;
      EXPECT_TRUE(CanBeSigned(extension)) << extension;
    }
  }
  for (const char* unsigned_ones :
       {"bat", "cmd", "sh", "py", "pssc", "psrc", "wsc", "sct", "", "x"}) {
    EXPECT_FALSE(SignatureFormOf(unsigned_ones)) << unsigned_ones;
    EXPECT_FALSE(CanBeSigned(unsigned_ones)) << unsigned_ones;
  }
}

}  // namespace
}  // namespace portcullis::script
