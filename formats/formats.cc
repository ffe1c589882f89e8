// SPDX-License-Identifier: Apache-2.0
// Gives the room a translation unit until its first format stands.
