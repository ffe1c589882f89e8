# SPDX-License-Identifier: Apache-2.0
# What `cmake --install build/release --prefix DIR` puts where.

include(GNUInstallDirs)

if(TARGET portcullis)
  install(TARGETS portcullis RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY share/policies/ DESTINATION ${CMAKE_INSTALL_DATADIR}/portcullis/policies
        FILES_MATCHING PATTERN "*.xml")
install(FILES share/known-bypasses/known-bypasses.tsv
        DESTINATION ${CMAKE_INSTALL_DATADIR}/portcullis/known-bypasses)
install(PROGRAMS share/describe-folders.py DESTINATION ${CMAKE_INSTALL_DATADIR}/portcullis)
install(FILES share/schemas/srp-policy.xsd DESTINATION ${CMAKE_INSTALL_DATADIR}/portcullis/schemas)
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
install(FILES docs/man/portcullis-host.conf.5 docs/man/portcullis-service.conf.5
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES share/host.conf share/service.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/portcullis)
install(FILES share/completions/_portcullis DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES share/completions/portcullis.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES share/completions/portcullis.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME portcullis OPTIONAL)

configure_file(share/systemd/portcullis.service.in ${CMAKE_BINARY_DIR}/generated/portcullis.service @ONLY)
# Not LIBDIR, which has the machine's name in it: systemd looks here.
install(FILES ${CMAKE_BINARY_DIR}/generated/portcullis.service DESTINATION lib/systemd/system)

# For hosts: the libraries, their headers, and the examples. A sanitized build has none (api/CMakeLists.txt).
if(PORTCULLIS_SANITIZE)
  return()
endif()
install(TARGETS portcullis_shared portcullis_offline LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS portcullis_launch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES api/portcullis.h api/portcullis_offline.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# By where the file itself lies, so that `cmake --install --prefix` needs no new configuration.
file(RELATIVE_PATH PREFIX_FROM_PKGCONFIG ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" PREFIX_FROM_PKGCONFIG "${PREFIX_FROM_PKGCONFIG}")
configure_file(api/portcullis.pc.in ${CMAKE_BINARY_DIR}/generated/portcullis.pc @ONLY)
configure_file(api/portcullis-offline.pc.in ${CMAKE_BINARY_DIR}/generated/portcullis-offline.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/generated/portcullis.pc
        ${CMAKE_BINARY_DIR}/generated/portcullis-offline.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES share/hosts/portcullis_host.py share/hosts/sitecustomize.py share/hosts/portcullis-launch.c
        DESTINATION ${CMAKE_INSTALL_DATADIR}/portcullis/hosts)
install(FILES docs/man/portcullis_identify.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
