//! What several fuzz targets share.

pub mod dtls;
pub mod sctp;
pub mod srtp;

use lariat_base::Reader;

/// What a network does to a datagram.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// It arrives.
    Deliver,
    /// It does not.
    Lose,
    /// It arrives twice.
    Duplicate,
    /// One of its bytes arrives as another.
    Corrupt {
        /// Which byte, modulo the datagram's length.
        at: u16,
        /// What it is changed by.
        by: u8,
    },
    /// Only its beginning arrives.
    Truncate {
        /// How much of it, modulo its length.
        to: u16,
    },
}

impl Fate {
    /// Takes the next datagram's fate from the input. When that has ended, the network is a good
    /// one.
    pub fn read(reader: &mut Reader<'_>) -> Self {
        match reader.u8() {
            Ok(1) => Self::Lose,
            Ok(2) => Self::Duplicate,
            Ok(3) => Self::Corrupt {
                at: reader.u16().unwrap_or_default(),
                by: reader.u8().unwrap_or_default(),
            },
            Ok(4) => Self::Truncate { to: reader.u16().unwrap_or_default() },
            _ => Self::Deliver,
        }
    }

    /// What arrives of `datagram`.
    pub fn apply(self, mut datagram: Vec<u8>) -> Vec<Vec<u8>> {
        let length = datagram.len().max(1);
        match self {
            Self::Deliver => {}
            Self::Lose => return Vec::new(),
            Self::Duplicate => return vec![datagram.clone(), datagram],
            Self::Corrupt { at, by } => {
                if let Some(byte) = datagram.get_mut(usize::from(at) % length) {
                    *byte ^= by;
                }
            }
            Self::Truncate { to } => datagram.truncate(usize::from(to) % length),
        }
        vec![datagram]
    }
}
