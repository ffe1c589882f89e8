// SPDX-License-Identifier: Apache-2.0
// The programs whose opens are loads, on Debian and its relatives.
#include "enforcement/load_detector.h"

namespace portcullis::enforcement {

LoadTables LoadTables::Default() {
  LoadTables tables;
  // Not musl's: it is the C library as well, so that each read of its programs would be a load.
  tables.loaders = {
      "/lib64/ld-linux-x86-64.so.2",
      "/lib/ld-linux.so.2",
      "/libx32/ld-linux-x32.so.2",
      "/lib/ld-linux-aarch64.so.1",
      "/lib/ld-linux-armhf.so.3",
      "/lib64/ld64.so.2",
      "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
      "/usr/lib/i386-linux-gnu/ld-linux.so.2",
      "/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
  };
  // Not awk and sed: what they open is nearly always data.
  tables.interpreters = {
      "/bin/sh",
      "/bin/bash",
      "/bin/dash",
      "/bin/busybox",
      "/usr/bin/sh",
      "/usr/bin/bash",
      "/usr/bin/dash",
      "/usr/bin/busybox",
      "/usr/bin/ksh*",
      "/usr/bin/mksh*",
      "/usr/bin/zsh*",
      "/usr/bin/fish",
      "/usr/bin/tcsh",
      "/usr/bin/csh",
      "/usr/bin/pwsh",
      "/opt/microsoft/powershell/*/pwsh",
      "/usr/bin/python[0-9]*",
      "/usr/local/bin/python[0-9]*",
      "/usr/bin/perl*",
      "/usr/bin/ruby*",
      "/usr/bin/php[0-9.]*",
      "/usr/bin/node",
      "/usr/bin/nodejs",
      "/usr/local/bin/node",
      "/usr/bin/lua*",
      "/usr/bin/tclsh*",
      "/usr/bin/wish*",
      "/usr/bin/expect",
      "/usr/bin/guile*",
      "/usr/lib/R/bin/exec/R",
  };
  tables.wine_loaders = {
      "/usr/bin/wine*",
      "/usr/lib/wine/wine*",
      "/usr/lib/*/wine/wine*",
      "/usr/lib/*/wine/*-unix/wine*",
      "/usr/lib/wine/*-unix/wine*",
      "/opt/wine-*/bin/wine*",
      "/opt/wine-*/lib*/wine/*-unix/wine*",
  };
  return tables;
}

bool IsLoaderConfiguration(std::string_view verified_path) {
  return verified_path == "/etc/ld.so.cache" || verified_path == "/etc/ld.so.preload";
}

}  // namespace portcullis::enforcement
