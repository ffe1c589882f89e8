# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What ./run, ./test and the tools share: where the project is, how packages are installed and how
# a preset is built. Sourced, never run. Everything said here goes to standard error.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
jobs=${PORTCULLIS_JOBS:-$(nproc)}

say() { printf '%s\n' "$*" >&2; }
die() {
  say "${0##*/}: $*"
  exit 3
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root to install packages, and there is no sudo; as root: $*"
  fi
}

# packages GROUP...: the names that tools/packages.txt lists for these groups.
packages() {
  awk -v groups=" $* " '!/^#/ && index(groups, " " $1 " ") { print $2 }' "$root/tools/packages.txt"
}

# missing_packages GROUP...: those of them that are not installed.
missing_packages() {
  local -a names
  mapfile -t names < <(packages "$@")
  comm -23 <(printf '%s\n' "${names[@]}" | sort) \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null |
      sed -n 's/^installed //p' | sort)
}

# install_packages GROUP...: installs what is missing and touches nothing that is there.
install_packages() {
  command -v dpkg-query >/dev/null || return 0 # Not Debian: CMake will say what it lacks.
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "Installing Debian packages (tools/packages.txt has the reasons): ${missing[*]}"
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  as_root "${apt[@]}" update >&2 </dev/null || say "apt-get update failed; trying what is known"
  as_root "${apt[@]}" install -y --no-install-recommends --no-upgrade "${missing[@]}" >&2 </dev/null ||
    die "could not install: ${missing[*]}"
}

# cached_value FOLDER VARIABLE: a variable of a configured build folder.
cached_value() {
  [ -f "$1/CMakeCache.txt" ] || return 0
  sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt"
}

# The compiler cache, if there is one that can be written.
compiler_launcher() {
  local ccache folder
  ccache=$(command -v ccache) || return 0
  folder=$(ccache -k cache_dir 2>/dev/null) && mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] &&
    printf '%s' "$ccache"
  return 0
}

# configure PRESET [-DNAME=VALUE]...: configures build/PRESET when it is new, was moved, or an
# option differs from what it was configured with.
configure() {
  local preset=$1 folder=$root/build/$1 option name launcher fresh=no
  shift
  launcher=$(compiler_launcher)
  local -a options=("-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher" "$@")
  if [ "$(cached_value "$folder" CMAKE_HOME_DIRECTORY)" != "$root" ]; then
    rm -rf "$folder" # New, or the checkout was moved: CMake refuses a moved folder.
  fi
  [ -f "$folder/build.ninja" ] && fresh=yes
  for option in "${options[@]}"; do
    name=${option#-D}
    [ "$(cached_value "$folder" "${name%%=*}")" = "${option#*=}" ] || fresh=no
  done
  [ "$fresh" = yes ] || (cd "$root" && cmake --preset "$preset" "${options[@]}" >&2)
}

# build PRESET [TARGET...]: builds in build/PRESET; silent when there is nothing to do.
build() {
  local folder=$root/build/$1
  shift
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
  ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do' && return 0
  ninja -C "$folder" -j "$jobs" "$@" >&2
}

# with_build_lock COMMAND...: keeps two builds of one checkout from running into each other.
with_build_lock() (
  mkdir -p "$root/build" 2>/dev/null || true
  [ -w "$root/build" ] || die "$root/build can not be written; was it made by another user?"
  exec 9>"$root/build/.lock"
  flock 9
  "$@" 9>&-
)

# files: every file of the checkout that git tracks or would, one a line.
files() {
  local -a git=(git -C "$root" -c safe.directory='*' -c core.quotepath=off ls-files)
  comm -23 <("${git[@]}" --cached --others --exclude-standard | sort -u) <("${git[@]}" --deleted | sort)
}

# sources: the C++ files among them.
sources() { files | grep -E '\.(h|cc)$'; }

# scripts, shell_scripts: the files with a #! line; those of them (or sourced) that a shell reads.
scripts() { first_lines | awk -F '\t' '$2 == 1 && $3 ~ /^#!/ { print $1 }'; }
shell_scripts() {
  first_lines | awk -F '\t' '$3 ~ /^#!.*[ \/](ba)?sh$|^# shellcheck shell=/ { print $1 }' | sort -u
}
# first_lines: the first three lines of the text files, as "file<TAB>number<TAB>line".
first_lines() {
  (cd "$root" && files | grep -vE '/(seeds|testdata)/' |
    LC_ALL=C xargs -d '\n' awk 'FNR > 3 { nextfile } { print FILENAME "\t" FNR "\t" $0 }')
}
