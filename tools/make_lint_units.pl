#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# make_lint_units.pl COMMANDS FOLDER: sources that clang-tidy may read together (SourceGroups.pm).
#
# Reads names of .cc files, one a line, and writes into FOLDER units that include them, and
# compile_commands.json for the units, from the commands for the files in COMMANDS (a
# compile_commands.json). Files that are compiled with other definitions stand in other units.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib $FindBin::Bin;
use SourceGroups;

my ($commands_file, $folder) = @ARGV;
chomp(my @files = <STDIN>);
my %command_of = commands_in($commands_file);

my $number = 0;
my @entries = map { write_unit(++$number, @$_) }
  SourceGroups::groups(map { $_ => definitions($_) } @files);
write_file("$folder/compile_commands.json", JSON::PP->new->canonical->pretty->encode(\@entries));

# By the names of files below the folder that is the project's.
sub commands_in {
  my ($name) = @_;
  open my $in, '<', $name or die "$name: $!\n";
  local $/;
  my ($root) = $name =~ m{^(.*/)build/} or die "$name: stands in no build folder\n";
  return map { $_->{file} =~ s/^\Q$root\E//r => $_ } @{decode_json(<$in>)};
}

sub definitions {
  my ($file) = @_;
  my $entry = $command_of{$file} or die "$file: $commands_file has no command for it\n";
  return join ' ', $entry->{command} =~ / (-[DI]\S+)/g;
}

# Returns the unit's entry.
sub write_unit {
  my ($number, @members) = @_;
  my ($unit, $entry) = ("$folder/$number.cc", $command_of{$members[0]});
  write_file($unit, join '', map { qq{#include "$command_of{$_}{file}"\n} } @members);
  my $command = $entry->{command} =~ s/ -c .*/ -c $unit/r;
  return {directory => $entry->{directory}, command => $command, file => $unit};
}

sub write_file {
  my ($name, $text) = @_;
  open my $out, '>', $name or die "$name: $!\n";
  print $out $text;
  close $out or die "$name: $!\n";
}
