#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Holds ./run to its promises on a small project of the same shape, in a path with spaces: only the
# program writes on standard output, its exit status is passed through, a second run is silent, and
# neither another working directory nor a move of the checkout matters. Without arguments it observes
# as root, and judges the search path as anybody else.
set -euo pipefail

source_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
checkout="$work/a path with spaces/portcullis"
mkdir -p "$checkout/tools" "$checkout/cli"
cp "$source_root/run" "$checkout/"
cp "$source_root/tools/lib.sh" "$checkout/tools/"
cp "$source_root/CMakePresets.json" "$checkout/"
printf 'build bash the shell itself, always there\n' >"$checkout/tools/packages.txt"
printf 'cmake_minimum_required(VERSION 3.25)\nproject(portcullis LANGUAGES CXX)\nadd_subdirectory(cli)\n' \
  >"$checkout/CMakeLists.txt"
printf 'add_executable(portcullis main.cc)\n' >"$checkout/cli/CMakeLists.txt"
cat >"$checkout/cli/main.cc" <<'EOF'
#include <cstdio>
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) std::printf("[%s]\n", argv[i]);
  return argc;
}
EOF

bad=0
# expect WHAT FOUND ALLOWED
expect() {
  [ "$2" != "$3" ] || return 0
  printf '%s: found <%s>, expected <%s>\n' "$1" "$2" "$3"
  bad=1
}
# try ARGS...: runs ./run from another folder; sets status, output and messages.
try() {
  status=0
  (cd / && "$checkout/run" "$@") >"$work/output" 2>"$work/messages" || status=$?
  output=$(<"$work/output") messages=$(<"$work/messages")
}

expected=$'[two words]\n[*]'
try 'two words' '*'
expect 'output of the first run' "$output" "$expected"
expect 'status of the first run' "$status" 3
[ -n "$messages" ] || expect 'messages of the first run' '' 'what was built'

try 'two words' '*'
expect 'output of the second run' "$output" "$expected"
expect 'messages of the second run' "$messages" ''

mv "$work/a path with spaces" "$work/moved"
checkout=$work/moved/portcullis
try 'two words' '*'
expect 'output after a move' "$output" "$expected"

# as USER ID ARGS...: ./run ARGS as it goes for somebody else; `id` alone says who that is.
as() {
  mkdir -p "$work/bin"
  printf '#!/bin/sh\ncase $1 in -un) echo %s ;; *) echo %s ;; esac\n' "$1" "$2" >"$work/bin/id"
  chmod +x "$work/bin/id"
  shift 2
  PATH=$work/bin:$PATH try "$@"
}
# The policy stands in the checkout, the configuration in a file of its own.
without_names() { sed -e "s|$checkout|CHECKOUT|" -e 's|/tmp/[^]]*|FILE|' <<<"$1"; }
served=$'[serve]\n[--observe]\n[--policy]\n[CHECKOUT/share/policies/default-rules.xml]\n[--config]\n[FILE]'

TMPDIR=/tmp as root 0
expect 'command for root' "$(without_names "$output")" "$served"$'\n[--for]\n[20s]'
expect 'status for root' "$status" 9
TMPDIR=/tmp as root 0 --for 5s
expect 'command for root and --for' "$(without_names "$output")" "$served"$'\n[--for]\n[5s]'
as alice 1000
expect 'command for alice' "$(head -n 6 <<<"$(without_names "$output")")" \
  $'[test]\n[--policy]\n[CHECKOUT/share/policies/default-rules.xml]\n[--user]\n[alice]\n[--summary]'
expect 'folders for alice' "$(grep -cxF "[$(realpath /usr/bin)]" <<<"$output")" 1
as root 0 --for
expect 'command for --for alone' "$output" '[--for]'

echo 'int main( {' >"$checkout/cli/main.cc"
try x
expect 'output of a build that fails' "$output" ''
[ "$status" -ne 0 ] || expect 'status of a build that fails' 0 'a failure'
exit "$bad"
