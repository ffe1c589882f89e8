# SPDX-License-Identifier: Apache-2.0
# Every compiler flag of the project stands here; rooms add none of their own.

option(PORTCULLIS_WERROR "Treat warnings as errors" OFF)
option(PORTCULLIS_TESTS "Build the tests" ON)
option(PORTCULLIS_BENCH "Build the benchmarks" OFF)
option(PORTCULLIS_FUZZ "Build the fuzz targets with libFuzzer (clang only)" OFF)
option(PORTCULLIS_COVERAGE "Count the lines that run (clang only)" OFF)
option(PORTCULLIS_UNITY "Compile several sources as one: faster from scratch; needs ctags and perl" OFF)
set(PORTCULLIS_ROOM_OPTIMIZATION "" CACHE STRING "What the rooms are compiled with, and the tests not")
set(PORTCULLIS_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them; empty for none")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Warnings, and what makes an exploit harder; Debian's compilers turn on little of it by themselves.
# tests/hardening.sh looks at the finished program for it.
set(warnings
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # TRY is a statement expression, and __extension__ does not silence clang inside macros.
  list(APPEND warnings -Wno-gnu-statement-expression -Wthread-safety)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc forgets that a precompiled header is the system's, and warns of what can not happen inside it.
  list(APPEND warnings -Wno-stringop-overread)
endif()
if(PORTCULLIS_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc follows values through the sanitizers' own code and warns of what can not happen.
  list(APPEND warnings -Wno-maybe-uninitialized -Wno-stringop-overflow)
endif()
if(PORTCULLIS_UNITY)
  # One file's helper is another's local; the builds that compile each file alone see what shadows.
  list(APPEND warnings -Wno-shadow)
endif()
if(PORTCULLIS_WERROR)
  list(APPEND warnings -Werror)
endif()
set(hardening -fstack-protector-strong -fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|i.86")
  list(APPEND hardening -fcf-protection)
endif()

add_library(portcullis_flags INTERFACE)
target_include_directories(portcullis_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(portcullis_flags INTERFACE ${warnings} ${hardening})
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Else clang refuses a precompiled header that the compiler cache kept from an earlier checkout.
  target_compile_options(portcullis_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
# Ends the program on an index past the end of a span, string or vector, at any optimisation.
target_compile_definitions(portcullis_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(portcullis_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

if(PORTCULLIS_SANITIZE)
  target_compile_options(portcullis_flags INTERFACE
    -fsanitize=${PORTCULLIS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(portcullis_flags INTERFACE -fsanitize=${PORTCULLIS_SANITIZE})
else()
  # Fortify needs optimisation; the sanitizers check more and do not mix with it.
  target_compile_options(portcullis_flags INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>)
endif()
if(PORTCULLIS_FUZZ)
  target_compile_options(portcullis_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PORTCULLIS_COVERAGE)
  target_compile_options(portcullis_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(portcullis_flags INTERFACE -fprofile-instr-generate)
endif()

# Position independent programs: without this policy CMake compiles for them but does not link them.
include(CheckPIESupported)
check_pie_supported()
