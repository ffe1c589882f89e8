// SPDX-License-Identifier: Apache-2.0
// Who may write where: on this host, on hosts that a file describes, and as is known of Windows.
//
// Shape:   paths of a host are asked of the description where it has some, else of this host where
//          that was asked for; paths of Windows of the shipped list and the description.
// Errors:  the file that can not be read, with its name and the line; this host's mounts.
// Lifetime: owns all that it hands out.
// Threads: reentrant once loaded.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "authoring/access/folder_description.h"
#include "authoring/access/writable_trees.h"
#include "base/result.h"
#include "host/host_config.h"

namespace portcullis::cli {

enum class ThisHost : uint8_t { kNotAsked, kAsked };

class KnownFolders {
 public:
  static Result<std::unique_ptr<KnownFolders>> Load(ThisHost this_host,
                                                    const std::optional<std::string>& description,
                                                    const HostConfig& config);

  const WritableTrees* host() const { return host_.get(); }  // null: nothing is known
  const WritableTrees& windows() const { return *windows_; }
  // host() is a description, and not this host.
  bool is_host_described() const { return !description_.tree.empty(); }
  // A Linux host is known, and of Windows nothing but the shipped list.
  bool is_linux_alone() const { return host_ != nullptr && description_.windows.empty(); }

 private:
  Result<void> Describe(const std::string& path, const HostConfig& config);

  FolderDescription description_;
  std::unique_ptr<const WritableTrees> host_;
  std::unique_ptr<const WritableTrees> windows_;
};

}  // namespace portcullis::cli
