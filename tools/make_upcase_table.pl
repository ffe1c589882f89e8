#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Writes base/upcase_table.cc: Windows' upper-case table, as runs of code units.
#
# The table that Windows 7 and later write into each NTFS volume ($UpCase) is the simple upper-case
# mapping of Unicode 5.1, without the mappings that do not come back: U+00B5, U+0131, U+017F, the
# title-case digraphs, final sigma and their like stay as they are. This script derives it from
# perl's own Unicode data by that rule. Compare with `mkntfs` and `ntfscat -i 10` of ntfs-3g
# (docs/formats/upcase.md has the commands).
use strict;
use warnings;
use Unicode::UCD qw(charinfo charprop);

sub in_unicode_5_1 {
  my $age = charprop($_[0], "age");
  return $age =~ /^V?(\d+)[._](\d+)$/ && ($1 < 5 || ($1 == 5 && $2 <= 1));
}

my @pairs;
for my $unit (0x80 .. 0xFFFF) {
  next if $unit >= 0xD800 && $unit <= 0xF8FF;
  my $info = charinfo($unit) or next;
  next unless length $info->{upper};
  my $upper = hex $info->{upper};
  next if $upper > 0xFFFF;
  my $back = charinfo($upper)->{lower};
  next unless length $back && hex($back) == $unit;
  next unless in_unicode_5_1($unit) && in_unicode_5_1($upper);
  push @pairs, [$unit, $upper];
}

# Runs of equal distance whose members stand `step` apart (1: a block; 2: alternating pairs).
my @runs;
for my $pair (@pairs) {
  my ($unit, $upper) = @$pair;
  my $run = $runs[-1];
  if ($run && $upper - $unit == $run->{delta}) {
    my $gap = $unit - $run->{last};
    $run->{step} = $gap if $run->{first} == $run->{last} && $gap <= 2;
    if ($gap == $run->{step}) { $run->{last} = $unit; next; }
  }
  push @runs, {first => $unit, last => $unit, step => 1, delta => $upper - $unit};
}

print <<'HEAD';
// SPDX-License-Identifier: Apache-2.0
// Written by tools/make_upcase_table.pl; do not edit.
#include "base/upcase_table.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace portcullis {
namespace {

struct Run {
  uint16_t first;
  uint16_t last;
  int32_t delta;  // upper-case unit minus lower-case unit
  uint16_t step;  // members stand this far apart
};

HEAD
printf "constexpr std::array<Run, %d> kRuns = {{\n", scalar @runs;
printf "    {0x%04X, 0x%04X, %d, %d},\n", @$_{qw(first last delta step)} for @runs;
print <<'TAIL';
}};

}  // namespace

char16_t UpcaseTableLookup(char16_t unit) {
  const auto after = std::ranges::upper_bound(kRuns, unit, {}, &Run::first);
  if (after == kRuns.begin()) return unit;
  const Run& run = *std::prev(after);
  if (unit > run.last || (unit - run.first) % run.step != 0) return unit;
  return static_cast<char16_t>(unit + run.delta);
}

}  // namespace portcullis
TAIL
