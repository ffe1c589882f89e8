#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardening.sh PROGRAM: fails unless the finished program has the protections that
# cmake/PortcullisOptions.cmake asks for. Flags that a later one undoes are found only here.
set -euo pipefail

program=$1
bad=0
# expect WHAT TEXT PATTERN: a line of TEXT must match.
expect() {
  if grep -qE "$3" <<<"$2"; then return 0; fi
  printf '%s: not %s\n' "$program" "$1"
  bad=1
}

header=$(readelf -Wh "$program")
segments=$(readelf -Wl "$program")
dynamic=$(readelf -Wd "$program")
symbols=$(readelf -W --dyn-syms "$program")

expect 'position independent' "$header" 'Type: +DYN'
expect 'marked as a PIE' "$dynamic" 'FLAGS_1.*PIE'
expect 'read-only after relocation' "$segments" 'GNU_RELRO'
expect 'bound at start' "$dynamic" 'BIND_NOW|FLAGS_1.*NOW'
expect 'free of an executable stack' "$segments" 'GNU_STACK +[^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ RW +'
expect 'guarded against stack overwrites' "$symbols" '__stack_chk_fail'
expect 'fortified' "$symbols" '__[a-z0-9]+_chk(@| |$)'
expect 'asserting indices' "$symbols" '__glibcxx_assert_fail'
if [ "$(uname -m)" = x86_64 ]; then
  expect 'free of segments that are writable and executable' "$(grep -c 'RWE' <<<"$segments" || true)" '^0$'
fi
if grep -qE 'RPATH|RUNPATH' <<<"$dynamic"; then
  printf '%s: has a run path\n' "$program"
  bad=1
fi
exit "$bad"
