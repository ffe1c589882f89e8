#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants one fault for each of the checks under tools/ in a small checkout and expects the check to
# name it, after having passed without. Exits with 77 (skipped) where the tools are not installed.
set -euo pipefail

source_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
for tool in git clang-format-14 clang-tidy-14 shellcheck ctags; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed" && exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
mkdir -p tools docs base policy
cp "$source_root"/tools/{lib.sh,packages.txt,make_lint_units.pl,SourceGroups.pm,check*} tools/
cp "$source_root"/{.clang-format,.clang-tidy,.shellcheckrc,CMakePresets.json} .
cat >CMakeLists.txt <<'EOF'
# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
include_directories(${CMAKE_SOURCE_DIR})
add_library(small base/one.cc policy/two.cc)
EOF
cp "$source_root/docs/layers.txt" docs/
printf '/build/\n' >.gitignore
git init -q .

licence='// SPDX-License-Identifier: Apache-2.0'
# start_over: the checkout without a fault.
start_over() {
  rm -rf base policy tools/planted
  mkdir base policy
  printf '# SPDX-License-Identifier: Apache-2.0\nportcullis_room(base SOURCES one.cc)\n' >base/CMakeLists.txt
  printf '# SPDX-License-Identifier: Apache-2.0\nportcullis_room(policy SOURCES two.cc)\n' >policy/CMakeLists.txt
  printf '%s\n#pragma once\nint One();\n' "$licence" >base/one.h
  printf '%s\n#include "base/one.h"\n\nint One() { return 1; }\n' "$licence" >base/one.cc
  printf '%s\n#include "base/one.h"\n\nint Two() { return One() + One(); }\n' "$licence" >policy/two.cc
}

bad=0
# sees CHECK TEXT: the check must fail and say TEXT.
sees() {
  local said
  if said=$("tools/check_$1" 2>&1); then
    printf 'check_%s passed in spite of: %s\n' "$1" "$2"
    bad=1
  elif ! grep -qF -- "$2" <<<"$said"; then
    printf 'check_%s failed without saying "%s":\n%s\n' "$1" "$2" "$said"
    bad=1
  fi
  start_over
}

start_over
for check in layers spdx format listed links sizes scripts tidy; do
  said=$("tools/check_$check" 2>&1) || { printf 'check_%s failed without a fault:\n%s\n' "$check" "$said" && bad=1; }
done

printf '#include "policy/two.h"\n' >>base/one.cc
sees layers 'base/one.cc:5: base may not include policy/two.h'
printf '#include <fstream>\n' >>policy/two.cc
sees layers 'policy is handed its world and may not include <fstream>'
printf 'auto Now() { return std::chrono::system_clock::now(); }\n' >>policy/two.cc
sees layers 'policy is handed its world and may not read a clock'
sed -i 1d base/one.h
sees spdx 'base/one.h'
printf 'int  Three( );\n' >>base/one.h
sees format 'base/one.h:4'
printf '%s\n' "$licence" >base/three.cc
sees listed 'base/three.cc: no CMakeLists.txt names it'
printf 'portcullis_fuzz(x SOURCE one.cc SEEDS seeds LINKS y)\n' >>base/CMakeLists.txt
sees listed 'base/CMakeLists.txt: the seeds folder seeds is empty or absent'
{ echo 'int Long() {' && seq -f '  One();  // %g' 60 && echo '}'; } >>base/one.cc
sees sizes 'Long has 62 lines, allowed 60'
seq -f '// Line %g.' 600 >>base/one.cc
sees sizes 'base/one.cc: 604 lines, allowed 600'
printf '#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\nrm -rf $1/x\n' >tools/planted
sees scripts 'SC2086'
printf '// See docs/absent.md.\n' >>base/one.cc
sees links 'base/one.cc: names docs/absent.md'
printf 'int bad_name() { return 1; }\n' >>base/one.cc
sees tidy 'readability-identifier-naming'
printf 'int Five(int a, int b, int c, int d, int e, int f) { return a + b + c + d + e + f; }\n' >>policy/two.cc
sees tidy 'readability-function-size'
exit "$bad"
