# SPDX-License-Identifier: Apache-2.0
# libportcullis.so.0: what a host program links. The same sources once more, since nothing of the rooms
# below is in it: it needs the C and C++ libraries alone, and exports what its map names.
add_library(portcullis_shared SHARED
  ask_client.cc
  ask_protocol.cc
  code_properties.cc
  level_token.cc
  safer_api.cc
  safer_names.cc)
target_link_libraries(portcullis_shared PRIVATE portcullis_flags)
target_compile_options(portcullis_shared PRIVATE -fvisibility=hidden -fvisibility-inlines-hidden)
target_link_options(portcullis_shared PRIVATE
  -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/portcullis.map -Wl,-z,defs)
set_target_properties(portcullis_shared PROPERTIES
  OUTPUT_NAME portcullis VERSION ${PROJECT_VERSION} SOVERSION 0 LINK_DEPENDS
  ${CMAKE_CURRENT_SOURCE_DIR}/portcullis.map)
# libportcullis-offline.so.0: the engine and every parser, for who judges without the service.
add_library(portcullis_offline SHARED offline_api.cc offline_policy.cc code_properties.cc
  ask_decision.cc ask_protocol.cc)
target_link_libraries(portcullis_offline PRIVATE portcullis_flags portcullis_host)
target_compile_options(portcullis_offline PRIVATE -fvisibility=hidden -fvisibility-inlines-hidden)
target_link_options(portcullis_offline PRIVATE
  -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/portcullis_offline.map -Wl,-z,defs -Wl,--exclude-libs,ALL)
set_target_properties(portcullis_offline PROPERTIES
  OUTPUT_NAME portcullis-offline VERSION ${PROJECT_VERSION} SOVERSION 0 LINK_DEPENDS
  ${CMAKE_CURRENT_SOURCE_DIR}/portcullis_offline.map)

# Hosts in C, as a user of the libraries builds them: the strictest C there is says whether the headers
# keep to it.
add_executable(portcullis_launch ${CMAKE_SOURCE_DIR}/share/hosts/portcullis-launch.c)
target_include_directories(portcullis_launch PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_options(portcullis_launch PRIVATE -std=c99 -Wall -Wextra -pedantic-errors
  -fstack-protector-strong)
target_link_options(portcullis_launch PRIVATE -Wl,-z,relro,-z,now)
target_link_libraries(portcullis_launch PRIVATE portcullis_shared)
set_target_properties(portcullis_launch PROPERTIES OUTPUT_NAME portcullis-launch)
if(PORTCULLIS_TESTS)
  add_executable(c_header_test c_header_test.c)
  target_include_directories(c_header_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(c_header_test PRIVATE -std=c99 -Wall -Wextra -pedantic-errors -Werror)
  target_link_libraries(c_header_test PRIVATE portcullis_shared portcullis_offline)
  add_test(NAME api.c_header COMMAND c_header_test)
  foreach(library shared offline)
    string(REPLACE "shared" "portcullis" map "portcullis_${library}")
    string(REPLACE "portcullis_portcullis" "portcullis" map "${map}")
    add_test(NAME house.exports_of_${map} COMMAND ${CMAKE_SOURCE_DIR}/tests/house/exports.sh
      $<TARGET_FILE:portcullis_${library}> ${CMAKE_CURRENT_SOURCE_DIR}/${map}.map)
  endforeach()
  set_tests_properties(api.c_header house.exports_of_portcullis house.exports_of_portcullis_offline
                       PROPERTIES LABELS unit TIMEOUT 60)
endif()
