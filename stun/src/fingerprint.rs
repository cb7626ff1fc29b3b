//! FINGERPRINT (RFC 8489 §14.7): tells STUN from other protocols on the same port, and
//! authenticates nothing.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// Keeps the value from being a plain CRC-32 of an enclosing protocol.
const XOR: u32 = 0x5354_554e;

static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// The value of FINGERPRINT over the message up to it. The header's length must already count the
/// attribute itself.
pub(crate) fn fingerprint(covered: &[u8]) -> u32 {
    CRC32.checksum(covered) ^ XOR
}
