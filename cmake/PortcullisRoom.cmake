# SPDX-License-Identifier: Apache-2.0
# One room of the house: its static library, and beside it its tests, fuzz targets and benchmarks.

find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(EXPAT REQUIRED)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(Threads REQUIRED)
# The headers that most files of the rooms include, compiled once; every file still includes what it
# uses (the lint preset, which knows no precompiled headers, sees to it).
add_library(portcullis_headers STATIC ${CMAKE_SOURCE_DIR}/base/room_headers.cc)
target_link_libraries(portcullis_headers PRIVATE portcullis_flags fmt::fmt tl::expected)
target_compile_options(portcullis_headers PRIVATE ${PORTCULLIS_ROOM_OPTIMIZATION})
target_precompile_headers(portcullis_headers PRIVATE
  <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <span> <string> <string_view>
  <unordered_map> <utility> <variant> <vector> <fmt/core.h> <tl/expected.hpp>)
if(PORTCULLIS_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  # The headers of every test, likewise; an executable, so that its flags are those of a test.
  add_executable(portcullis_test_headers ${CMAKE_SOURCE_DIR}/tests/support/test_headers.cc)
  target_link_libraries(portcullis_test_headers PRIVATE
    portcullis_flags fmt::fmt tl::expected GTest::gmock GTest::gtest_main)
  target_precompile_headers(portcullis_test_headers PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <algorithm> <optional> <span> <string> <string_view> <vector>)
endif()
if(PORTCULLIS_BENCH)
  find_package(benchmark REQUIRED)
endif()

# portcullis_unite(TARGET): compiles several of its sources as one, where PORTCULLIS_UNITY is on.
function(portcullis_unite target)
  if(NOT PORTCULLIS_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/group_sources.pl ${sources}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${lines}")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([0-9]+) (.*)$" line "${line}")
    set_source_files_properties("${CMAKE_MATCH_2}" PROPERTIES UNITY_GROUP ${target}-${CMAKE_MATCH_1})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# portcullis_room(NAME SOURCES file... LINKS library...)
# Makes the static library portcullis_NAME. Sources are listed, never globbed; LINKS is exact.
function(portcullis_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  add_library(portcullis_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(portcullis_${name} PUBLIC portcullis_flags ${ROOM_LINKS})
  target_compile_options(portcullis_${name} PRIVATE ${PORTCULLIS_ROOM_OPTIMIZATION})
  target_precompile_headers(portcullis_${name} REUSE_FROM portcullis_headers)
  portcullis_unite(portcullis_${name})
endfunction()

# portcullis_tests(NAME SOURCES file... LINKS library... [LABEL label])
# One test program; each TEST in it becomes a ctest test, labelled unit unless said otherwise. Under a
# sanitizer, where a program takes a quarter of a second to start, the whole program is one.
function(portcullis_tests name)
  if(NOT PORTCULLIS_TESTS)
    return()
  endif()
  cmake_parse_arguments(T "" "TIMEOUT;LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE portcullis_flags ${T_LINKS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM portcullis_test_headers)
  portcullis_unite(${name})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  if(NOT T_LABEL)
    set(T_LABEL unit)
  endif()
  if(PORTCULLIS_SANITIZE)
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    # The long ones first.
    set_tests_properties(${name} PROPERTIES TIMEOUT 1800 COST ${T_TIMEOUT} LABELS ${T_LABEL})
    return()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                       PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS ${T_LABEL})
endfunction()

# portcullis_fuzz(NAME SOURCE file SEEDS folder LINKS library... [COVERS file...] [RUNS number])
# NAME runs under libFuzzer with PORTCULLIS_FUZZ, else as a plain program that replays the seeds.
# RUNS is how many mutations are replayed, where a run takes long (tests/fuzz/replay_main.cc).
# COVERS are the sources whose line coverage counts for it; its whole folder unless given.
function(portcullis_fuzz name)
  cmake_parse_arguments(F "" "SOURCE;SEEDS;RUNS" "LINKS;COVERS" ${ARGN})
  if(PORTCULLIS_FUZZ)
    add_executable(${name} ${F_SOURCE})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    portcullis_list_fuzz_target(${name} ${F_SOURCE} ${F_SEEDS} ${F_COVERS})
  elseif(PORTCULLIS_TESTS)
    add_executable(${name} ${F_SOURCE} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME replay.${name} COMMAND ${name} ${CMAKE_CURRENT_SOURCE_DIR}/${F_SEEDS})
    set_tests_properties(replay.${name} PROPERTIES LABELS replay TIMEOUT 300)
    if(F_RUNS)
      set_tests_properties(replay.${name} PROPERTIES ENVIRONMENT PORTCULLIS_REPLAY_RUNS=${F_RUNS})
    endif()
  else()
    return()
  endif()
  target_link_libraries(${name} PRIVATE portcullis_flags ${F_LINKS})
endfunction()

# Notes a target for tools/fuzz: its name, program, seeds and covered sources.
function(portcullis_list_fuzz_target name source seeds)
  set(covers ${ARGN})
  if(NOT covers)
    cmake_path(GET source PARENT_PATH covers)
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE here)
  list(TRANSFORM covers PREPEND "${here}/")
  list(JOIN covers "|" covers)
  set_property(GLOBAL APPEND_STRING PROPERTY PORTCULLIS_FUZZ_TARGETS
    "${name}\t$<TARGET_FILE:${name}>\t${CMAKE_CURRENT_SOURCE_DIR}/${seeds}\t${covers}\n")
endfunction()

# portcullis_write_fuzz_targets(): writes fuzz_targets.tsv; called once, after all rooms.
function(portcullis_write_fuzz_targets)
  if(PORTCULLIS_FUZZ)
    get_property(targets GLOBAL PROPERTY PORTCULLIS_FUZZ_TARGETS)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/fuzz_targets.tsv CONTENT "${targets}")
  endif()
endfunction()

# portcullis_bench(NAME SOURCES file... LINKS library...)
function(portcullis_bench name)
  if(NOT PORTCULLIS_BENCH)
    return()
  endif()
  cmake_parse_arguments(B "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${B_SOURCES})
  target_link_libraries(${name} PRIVATE portcullis_flags ${B_LINKS} benchmark::benchmark)
endfunction()
