#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exports.sh LIBRARY MAP: what the library exports is what its map names, by its version, and no more; and
# its name is the one that programs link.
set -euo pipefail

library=$1
map=$2
version=$(awk '$2 == "{" { print $1 }' "$map")
named=$(awk '/global:/ { on = 1; next } /local:/ { on = 0 } on { sub(/;/, ""); print $1 }' "$map" | sort)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort)
diff <(printf '%s\n' "$named" | sed "s/\$/@@$version/") <(printf '%s\n' "$exported")
soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
[[ $(basename -- "$library") == "$soname"* && $soname == libportcullis*.so.0 ]]
if [[ $soname == libportcullis.so.0 ]]; then
  needed=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
  if grep -vE '^(libstdc\+\+|libgcc_s|libc|libm)\.so|^ld-linux' <<<"$needed"; then exit 1; fi
fi
