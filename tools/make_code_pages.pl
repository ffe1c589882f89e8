#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Writes formats/msi/code_page_tables.cc: what the bytes from 0x80 on mean in the code pages of one
# byte a character. A byte below 0xA0 that a code page leaves open becomes the control character
# of the same number, as Windows has it; any other U+FFFD.
#
#     tools/make_code_pages.pl > formats/msi/code_page_tables.cc
use strict;
use warnings;
use Encode qw(decode FB_DEFAULT);

my @pages = (874, 1250 .. 1258, 28591);
print <<'HEAD';
// SPDX-License-Identifier: Apache-2.0
// Made by tools/make_code_pages.pl; do not edit.
#include "formats/msi/code_page_tables.h"

namespace portcullis::msi {
namespace {

// clang-format off
constexpr CodePageTable kTables[] = {
HEAD
for my $page (@pages) {
  my $name = $page == 28591 ? 'iso-8859-1' : "cp$page";
  print "    {$page,\n";
  for my $row (0 .. 15) {
    my $line = '';
    for my $byte (0x80 + 8 * $row .. 0x80 + 8 * $row + 7) {
      my $unit = ord decode($name, chr $byte, FB_DEFAULT);
      $unit = $byte if $unit == 0xFFFD && $byte < 0xA0;
      $line .= $unit < 0xA0 ? sprintf('\\x%04X', $unit) : sprintf('\\u%04X', $unit);
    }
    print "     u\"$line\"", ($row == 15 ? '},' : ''), "\n";
  }
}
print <<'TAIL';
};
// clang-format on

}  // namespace

const std::span<const CodePageTable> kCodePageTables = kTables;

}  // namespace portcullis::msi
TAIL
