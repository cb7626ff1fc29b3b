//! Peers that meet over an emulated path, and how they are told what to do.
//!
//! A peer is a program that reads one JSON object per line and answers each with one. It stays for
//! as many connections as it is asked for, one after the other. Descriptions carry all candidates.
//!
//! ```text
//! {"do": "offer", "channels": 5, "media": true}   a new connection in place of the old one, that
//!                                                 offers; {"type": "offer", "sdp": ".."}
//! {"do": "answer", "media": true, "offer": {..}}  one that answers; {"type": "answer", ..}
//! {"do": "accept", "answer": {..}}                takes the answer to its offer
//! {"do": "send", "size": 1024, "every": 50}       sends such messages on all channels, one in so
//!                                                 many milliseconds each, or all that it can
//! {"do": "stop"}                                  sends no more messages
//! {"do": "mark"}                                  counts anew
//! {"do": "read"}                                  tells what was counted, as `meter` has it
//! {"do": "close"}                                 closes the connection
//! ```
//!
//! Where nothing is said, the answer is `{}`.
//!
//! With media, a peer sends audio and video as soon as it can. An answer `{"error": ".."}` says why
//! something cannot be done.
//!
//! `path-lariat`, `path-webrtc-rs` and `path-browser` are programs of this package;
//! `peers/libdatachannel.mjs` is one for Node.

pub mod media;
pub mod meter;
pub mod order;
