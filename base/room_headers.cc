// SPDX-License-Identifier: Apache-2.0
// Carries the precompiled headers that all rooms share (cmake/PortcullisRoom.cmake).
