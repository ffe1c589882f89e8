// SPDX-License-Identifier: Apache-2.0
// The folders below %WINDIR% and %PROGRAMFILES% that ordinary users may write, as of 2026-11.
//
// Facts that several public lists agree on; permissions differ between versions, and a folder is
// here when users may write it in one that is still in use:
//  - "Generic AppLocker bypasses" of the UltimateAppLockerByPassList (api0cradle, GitHub);
//  - the output of AaronLocker's Enum-WritableDirs (microsoft/AaronLocker, GitHub), and the
//    exceptions of policies made from it;
//  - accesschk over C:\Windows in published write-ups of AppLocker's default rules, among them
//    juggernaut-sec.com/applocker-bypass;
//  - the default rules' own weakness, C:\Windows\Temp:
//  helgeklein.com/blog/applocker-security-problems.
// Windows Defender keeps programs in a folder of %OSDRIVE%\ProgramData that AaronLocker's
// GetSafePathsToAllow lists as safe.
// That Authenticated Users may make folders in the root of the system drive and write what is made
// there is Windows' default access control list of that root.
#include "authoring/access/windows_folders.h"

namespace portcullis {
namespace {

struct Row {
  const char* path;
  const char* why;  // null: only administrators write there
};

constexpr const char* kUsersWrite = "Windows lets users make files there";
constexpr const char* kPrintingWrites = "Windows lets users put print jobs and colours there";
constexpr const char* kTasksWrite = "Windows lets users make tasks there";

constexpr Row kRows[] = {
    {"%OSDRIVE%",
     "users may make folders in the root of the drive, and what is made there is "
     "theirs to write"},
    {"%WINDIR%", nullptr},
    {"%PROGRAMFILES%", nullptr},
    {"%OSDRIVE%\\ProgramData", "users may make files and folders in it"},
    {"%OSDRIVE%\\ProgramData\\Microsoft\\Windows Defender", nullptr},
    {"%OSDRIVE%\\Users", "it holds what users write"},
    {"%WINDIR%\\debug\\WIA", kUsersWrite},
    {"%WINDIR%\\PLA\\Reports", kUsersWrite},
    {"%WINDIR%\\PLA\\Rules", kUsersWrite},
    {"%WINDIR%\\PLA\\Templates", kUsersWrite},
    {"%WINDIR%\\Registration\\CRMLog", kUsersWrite},
    {"%WINDIR%\\ServiceProfiles\\LocalService\\AppData\\Local\\Microsoft\\Dlna\\DeviceIcon",
     kUsersWrite},
    {"%WINDIR%\\System32\\catroot2", kUsersWrite},
    {"%WINDIR%\\System32\\com\\dmp", kUsersWrite},
    {"%WINDIR%\\System32\\drivers\\DriverData", kUsersWrite},
    {"%WINDIR%\\System32\\FxsTmp", kUsersWrite},
    {"%WINDIR%\\System32\\Microsoft\\Crypto\\RSA\\MachineKeys", kUsersWrite},
    {"%WINDIR%\\System32\\spool\\drivers\\color", kPrintingWrites},
    {"%WINDIR%\\System32\\spool\\PRINTERS", kPrintingWrites},
    {"%WINDIR%\\System32\\spool\\SERVERS", kPrintingWrites},
    {"%WINDIR%\\System32\\Tasks", kTasksWrite},
    {"%WINDIR%\\System32\\Tasks_Migrated", kTasksWrite},
    {"%WINDIR%\\SysWOW64\\com\\dmp", kUsersWrite},
    {"%WINDIR%\\SysWOW64\\FxsTmp", kUsersWrite},
    {"%WINDIR%\\SysWOW64\\Tasks", kTasksWrite},
    {"%WINDIR%\\Tasks", kTasksWrite},
    {"%WINDIR%\\Temp", kUsersWrite},
    {"%WINDIR%\\tracing", kUsersWrite},
};

}  // namespace

std::vector<WindowsFolder> KnownWindowsFolders() {
  std::vector<WindowsFolder> folders;
  for (const Row& row : kRows) {
    folders.push_back({row.path, row.why != nullptr, row.why == nullptr ? "" : row.why});
  }
  return folders;
}

}  // namespace portcullis
