#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Describes the files and folders below some folders for --folders: one JSON object a line.

    sudo python3 describe-folders.py / > folders.jsonl

Run it as root, for whom every folder can be read. Names are written as JSON, so that nobody can
name a file in a way that forges a line.
"""
import json
import os
import stat
import struct
import sys

TYPES = {stat.S_IFDIR: "d", stat.S_IFREG: "f", stat.S_IFLNK: "l", stat.S_IFSOCK: "s",
         stat.S_IFIFO: "p", stat.S_IFCHR: "c", stat.S_IFBLK: "b"}
ACL_TAGS = {1: "user", 2: "user", 4: "group", 8: "group", 16: "mask", 32: "other"}
ACL_TAGS_WITH_ID = (2, 8)
NOT_ENTERED = ("/proc", "/sys")


def mounts():
    """The file system at each mount point; of two on one point the later counts."""
    found = {}
    with open("/proc/self/mountinfo", "rb") as lines:
        for line in lines:
            front, back = line.split(b" - ", 1)
            point = front.split(b" ")[4]
            for code in (b"040", b"011", b"012", b"134"):
                point = point.replace(b"\\" + code, bytes([int(code, 8)]))
            found[os.fsdecode(point)] = back.split(b" ", 1)[0].decode()
    return found


def acl_of(path):
    if "system.posix_acl_access" not in os.listxattr(path, follow_symlinks=False):
        return []
    raw = os.getxattr(path, "system.posix_acl_access", follow_symlinks=False)
    entries = []
    for tag, bits, owner in struct.iter_unpack("<HHI", raw[4:]):
        rights = "".join(c if bits & b else "-" for c, b in zip("rwx", (4, 2, 1)))
        entries.append("%s:%s:%s" % (ACL_TAGS[tag], owner if tag in ACL_TAGS_WITH_ID else "", rights))
    return entries


def text(name):
    """What is no UTF-8 in a name is spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def describe(path, file_systems):
    try:
        status = os.lstat(path)
        kind = TYPES[stat.S_IFMT(status.st_mode)]
        line = {"path": text(path), "type": kind, "owner": status.st_uid, "group": status.st_gid,
                "mode": "%04o" % stat.S_IMODE(status.st_mode)}
        if kind == "l":
            line["target"] = text(os.readlink(path))
        elif acl := acl_of(path):
            line["acl"] = acl
    except FileNotFoundError:
        return  # it went while we looked
    if path in file_systems:
        line["file_system"] = file_systems[path]
    print(json.dumps(line))


def fail(error):
    if not isinstance(error, FileNotFoundError):
        raise error


def main():
    file_systems = mounts()
    described = set()
    for top in map(os.path.realpath, sys.argv[1:]):
        above = top
        while above != "/":
            above = os.path.dirname(above)
            if above not in described:
                described.add(above)
                describe(above, file_systems)
        for folder, folders, files in os.walk(top, onerror=fail):
            if folder not in described:
                described.add(folder)
                describe(folder, file_systems)
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            for name in files + links:
                path = os.path.join(folder, name)
                if path not in described:
                    described.add(path)
                    describe(path, file_systems)
            folders[:] = [n for n in folders if os.path.join(folder, n) not in NOT_ENTERED]


if __name__ == "__main__":
    main()
