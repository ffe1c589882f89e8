// SPDX-License-Identifier: Apache-2.0
// Events for people: a line each, or all that is known of one and what to do about it.
//
// Shape:   whatever a name holds, a line stays a line and a terminal obeys nothing of it; a command
//          that is proposed can be copied into a shell as it stands.
// Threads: pure functions.
#pragma once

#include <string>

#include "eventlog/event.h"

namespace portcullis::cli {

std::string EventTableHead();
std::string EventTableRow(const eventlog::Event& event);
std::string EventExplanation(const eventlog::Event& event);

// `text` as one word of a shell.
std::string ShellWord(const std::string& text);

}  // namespace portcullis::cli
