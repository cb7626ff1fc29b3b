//! The handshake layer (RFC 6347 §4.2, RFC 9147 §5): messages, cut into fragments and put together
//! again.

mod flight;
mod fragment;
mod private_keys;
mod reassembly;
mod transcript;

pub(crate) use flight::{Acknowledged, Flight, Outbox};
pub(crate) use fragment::{Fragment, HandshakeType};
pub(crate) use private_keys::PrivateKeys;
pub(crate) use reassembly::{Inserted, Message, Partial, Reassembly};
pub(crate) use transcript::{Mark, Transcript};
