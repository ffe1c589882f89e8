# SPDX-License-Identifier: Apache-2.0
# What `cmake --install build/release --prefix DIR` puts where.

include(GNUInstallDirs)

if(TARGET portcullis)
  install(TARGETS portcullis RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY share/policies/ DESTINATION ${CMAKE_INSTALL_DATADIR}/portcullis/policies
        FILES_MATCHING PATTERN "*.xml")
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
install(FILES share/completions/portcullis.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME portcullis OPTIONAL)
