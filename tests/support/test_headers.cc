// SPDX-License-Identifier: Apache-2.0
// Carries the precompiled headers that all test programs share (cmake/PortcullisRoom.cmake).
