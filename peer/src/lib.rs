//! A whole WebRTC peer as one value, without I/O.

#![no_std]
