// SPDX-License-Identifier: Apache-2.0
// The zone that a file came from, where something on this host still says so.
//
// Shape:   looked for in this order, the first that says one counts:
//            user.DosStream.Zone.Identifier:$DATA   Samba (vfs_streams_xattr)
//            user.Zone.Identifier                   NTFS-3G (streams_interface=xattr)
//            FILE:Zone.Identifier                   a stream of a mounted NTFS, or a copy beside it
//            user.xdg.origin.url                    browsers on Linux
// Limits:  64 KiB are read of each.
// Errors:  none: what can not be read says nothing.
// Threads: pure, but for the file system.
// Source:  docs/srp.md "Zones".
#pragma once

#include <optional>
#include <string>

#include "policy/srp/model.h"

namespace portcullis {

// `fd` is the file, open to read; `path` is where its stream may be found, empty to look for none.
std::optional<srp::UrlZone> ZoneOfFile(int fd, const std::string& path);

}  // namespace portcullis
