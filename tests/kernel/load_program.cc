// SPDX-License-Identifier: Apache-2.0
// Loads a library at run time, as a program with plug-ins does: status 0, or 1 with the loader's
// reason.
#include <dlfcn.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc == 2 && dlopen(argv[1], RTLD_NOW) != nullptr) return 0;
  std::fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: load_program LIBRARY");
  return 1;
}
