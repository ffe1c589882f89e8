# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the benchmarks of the running service have in common; lib.sh comes before it, and sets $root.
#     Set by whoever sources it: $work, a folder for images and logs; `watchers`, an array of the
#     processes to end.
# shellcheck disable=SC2034,SC2154

kind=${KIND:-xfs}
bench=$root/build/bench/enforcement
portcullis=$root/build/bench/cli/portcullis
watchers=()

needs_root() {
  [ "$(id -u)" -eq 0 ] || die "needs root: it mounts file systems and watches them"
}

build_bench() {
  configure bench && build bench ask_bench exec_bench tiny_program portcullis
}

# mount_place NAME: a file system of its own at $work/mnt/NAME.
mount_place() {
  local image=$work/mnt/$1.img
  truncate -s 512M "$image"
  case $kind in
    xfs) mkfs.xfs -q -f "$image" ;;
    ext4) mkfs.ext4 -q -F "$image" ;;
    *) die "no such kind of file system here: $kind" ;;
  esac
  mkdir -p "$work/mnt/$1" && mount -o loop "$image" "$work/mnt/$1"
}

# wait_for TENTHS COMMAND...: until it succeeds.
wait_for() {
  local left=$1
  shift
  until "$@" 2>/dev/null; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}

stop_watchers() {
  local pid
  for pid in "${watchers[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  pkill -TERM -P $$ 2>/dev/null || true
  wait 2>/dev/null || true
}
