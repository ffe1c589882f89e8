# SPDX-License-Identifier: Apache-2.0
# Which sources may be compiled as one: read together, the headers that they share are read once.
#
# groups(NAME => KEY, ...) returns lists of names, each of one KEY and no longer than $most_files.
# Files that would clash, since one has a helper of a name that the other has too, are kept apart, as
# far as ctags can tell. The same names give the same groups.
package SourceGroups;
use strict;
use warnings;
use List::Util 'uniq';

my ($root) = __FILE__ =~ m{^(.*)/tools/[^/]*$};
my $most_files = 16;
my %includes_of;

sub groups {
  my (%key_of) = @_;
  my @files = sort keys %key_of;
  my ($helpers_of, $names_of) = names_in(@files);
  my %groups_of;    # Of each key: {files, helpers, names}
  for my $file (@files) {
    my $groups = $groups_of{$key_of{$file}} //= [];
    my ($group) = grep { fits($_, $helpers_of->{$file}, $names_of->{$file}) } @$groups;
    push @$groups, $group = {files => [], helpers => {}, names => {}} if !$group;
    push @{$group->{files}}, $file;
    $group->{helpers}{$_} = 1 for keys %{$helpers_of->{$file}};
    $group->{names}{$_} = 1 for keys %{$names_of->{$file}};
  }
  return map { $_->{files} } map { @{$groups_of{$_}} } sort keys %groups_of;
}

# Of each file the names in its unnamed namespaces; and all names that are no class's or test's, its
# own and those of the project's headers that it reads.
sub names_in {
  my (@files) = @_;
  return ({}, {}) if !@files;
  my %headers_of = map { $_ => [headers_in($_)] } @files;
  my ($helpers, $names) = tags_in(uniq(@files, map { @$_ } values %headers_of));
  for my $file (@files) {
    $names->{$file}{$_} = 1 for map { keys %{$names->{$_}} } @{$headers_of{$file}};
  }
  return ($helpers, $names);
}

# Those that a file includes, and those that they do.
sub headers_in {
  my %seen;
  my @left = @_;
  while (defined(my $file = pop @left)) {
    my @new = grep { !$seen{$_}++ } @{$includes_of{$file} //= [includes_in($file)]};
    push @left, @new;
  }
  return keys %seen;
}

sub includes_in {
  my ($file) = @_;
  open my $in, '<', $file or die "$file: $!\n";
  return grep { -f } map { /^#include "(.*)"/ ? "$root/$1" : () } <$in>;
}

sub tags_in {
  my (%helpers, %names);
  open my $tags, '-|', 'ctags', '-x', '--languages=C++', '--langmap=C++:.cc.h', '--c++-kinds=+p',
    "--_xformat=%F\t%N\t%K\t%s", @_
    or die "ctags: $!\n";
  while (<$tags>) {
    chomp;
    my ($file, $name, $kind, $scope) = split /\t/;
    $scope //= '';
    $scope =~ s/::\w+$// if $kind eq 'enumerator';    # seen outside its enumeration
    my ($last) = $scope =~ /(\w*)$/;
    next if $last =~ /^[A-Z]/ || $name =~ /^(TEST|TEST_F|TEST_P|RC_GTEST_PROP)$/;
    $names{$file}{$name} = 1;
    $helpers{$file}{$name} = 1 if $last =~ /^__anon/;
  }
  close $tags or die "ctags failed\n";
  return (\%helpers, \%names);
}

sub fits {
  my ($group, $helpers, $names) = @_;
  return @{$group->{files}} < $most_files
    && !grep({ $group->{names}{$_} } keys %$helpers)
    && !grep({ $group->{helpers}{$_} } keys %$names);
}

1;
