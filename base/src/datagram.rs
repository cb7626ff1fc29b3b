//! Datagrams on their way in and out.

use core::net::SocketAddr;

/// Explicit congestion notification, the low two bits of the IP traffic class (RFC 3168 §5).
///
/// ```
/// use lariat_base::Ecn;
///
/// assert_eq!(Ecn::from_bits(0b11), Some(Ecn::Ce));
/// assert_eq!(Ecn::from_bits(0b00), None);
/// assert_eq!(Ecn::Ect1.bits(), 0b01);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "two bits leave no room for a fifth value")]
pub enum Ecn {
    /// ECT(1): capable, and an L4S sender (RFC 9331).
    Ect1,
    /// ECT(0): capable.
    Ect0,
    /// Congestion experienced.
    Ce,
}

impl Ecn {
    /// From the low two bits of `bits`; `None` is "not capable".
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 0b11 {
            0b01 => Some(Self::Ect1),
            0b10 => Some(Self::Ect0),
            0b11 => Some(Self::Ce),
            _ => None,
        }
    }

    /// As two bits.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Ect1 => 0b01,
            Self::Ect0 => 0b10,
            Self::Ce => 0b11,
        }
    }
}

/// A datagram that arrived.
///
/// ```
/// use lariat_base::Datagram;
///
/// let datagram = Datagram {
///     local: "192.0.2.1:5000".parse()?,
///     remote: "198.51.100.7:6000".parse()?,
///     ecn: None,
///     payload: b"hello",
/// };
/// assert_eq!(datagram.payload.len(), 5);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "drivers build it by its fields")]
pub struct Datagram<'a> {
    /// The address it arrived at: that of a local candidate's base.
    pub local: SocketAddr,
    /// The address it came from, as the datagram claims.
    pub remote: SocketAddr,
    /// The congestion mark it carried.
    pub ecn: Option<Ecn>,
    /// Its bytes.
    pub payload: &'a [u8],
}

/// Datagrams to send; their bytes were appended to the caller's buffer.
///
/// Usually it is one. A run of several to the same destination has a
/// [`segment_size`](Self::segment_size): every datagram of the run has that size but the last,
/// which may be shorter, so that the driver can hand the run to the kernel in one call (generic
/// segmentation offload).
///
/// ```
/// use lariat_base::Transmit;
///
/// let transmit = Transmit::new("192.0.2.1:5000".parse()?, "198.51.100.7:6000".parse()?, 2_500)
///     .with_segment_size(1_200);
/// assert_eq!(transmit.datagrams(), 3);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use = "a transmit that is not sent is a lost datagram"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transmit {
    /// The local address to send from: that of a local candidate's base.
    pub local: SocketAddr,
    /// Where to send.
    pub remote: SocketAddr,
    /// The congestion mark to carry.
    pub ecn: Option<Ecn>,
    /// How many bytes were appended to the caller's buffer, in total.
    pub size: usize,
    /// The size of each datagram of the run but the last; `None` for a single datagram.
    pub segment_size: Option<usize>,
    /// Whether IP may fragment it. It is longer than the path is known to take in one piece, and
    /// cannot be made shorter any more. Of everything else the path is to say that it is too long.
    pub may_fragment: bool,
}

impl Transmit {
    /// One datagram of `size` bytes.
    pub const fn new(local: SocketAddr, remote: SocketAddr, size: usize) -> Self {
        Self { local, remote, ecn: None, size, segment_size: None, may_fragment: false }
    }

    /// The same bytes as a run of datagrams of `segment_size` bytes.
    pub const fn with_segment_size(self, segment_size: usize) -> Self {
        Self { segment_size: Some(segment_size), ..self }
    }

    /// The same, which IP may fragment.
    pub const fn with_fragmentation(self) -> Self {
        Self { may_fragment: true, ..self }
    }

    /// How many datagrams these are.
    pub const fn datagrams(&self) -> usize {
        match self.segment_size {
            Some(segment) if segment > 0 => self.size.div_ceil(segment),
            _ => 1,
        }
    }
}
