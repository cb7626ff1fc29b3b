//! Statistics of one stream, on both of its ends (RFC 3550 §6.4, appendix A).
//!
//! [`Reception`] watches what arrives and fills report blocks; [`Transmission`] counts what is
//! sent, fills sender reports and learns the round-trip time; [`ReportSchedule`] says when to
//! report. Each holds a fixed number of bytes and does a fixed amount of work for each packet.

mod jitter;
mod reception;
mod schedule;
mod sequence;
mod transmission;

pub use reception::{Dropped, Reception, ReceptionStats};
pub use schedule::ReportSchedule;
pub use sequence::Arrival;
pub use transmission::{Transmission, TransmissionStats};
