//! FINGERPRINT (RFC 8489 §14.7): tells STUN from other protocols on the same port, and
//! authenticates nothing.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// Keeps the value from being a plain CRC-32 of an enclosing protocol.
const XOR: u32 = 0x5354_554e;

static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// The value of FINGERPRINT over the message up to it, given in parts. The header's length must
/// already count the attribute itself.
pub(crate) fn fingerprint(parts: &[&[u8]]) -> u32 {
    let mut digest = CRC32.digest();
    for part in parts {
        digest.update(part);
    }
    digest.finalize() ^ XOR
}
