// SPDX-License-Identifier: Apache-2.0
// A library that does nothing, for tests that load one.
extern "C" int portcullis_test_library() { return 42; }
