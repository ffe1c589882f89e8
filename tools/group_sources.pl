#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# group_sources.pl FILE...: prints which of these may be compiled as one, as "NUMBER FILE" lines.
# A file that stands alone is left out.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use SourceGroups;

my $number = 0;
for my $group (SourceGroups::groups(map { $_ => '' } @ARGV)) {
  next if @$group == 1;
  ++$number;
  print "$number $_\n" for @$group;
}
