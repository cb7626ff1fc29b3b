//! The record layer (RFC 6347 §4.1): what a datagram is made of.

mod header;
mod layer;
mod protection;

pub(crate) use header::{ContentType, Record};
pub(crate) use layer::{Epoch, RecordLayer, SequenceExhausted};
pub(crate) use protection::Protection;
