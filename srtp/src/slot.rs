//! One packet of a run.

use core::fmt;

/// A packet of a run, in a buffer of its own: what goes into a call, and what comes out.
///
/// ```
/// use lariat_crypto::ring;
/// use lariat_srtp::{Inbound, MasterKey, Outbound, Profile, Slot};
///
/// let (provider, profile) = (ring::provider(), Profile::Aes128CmHmacSha1_80);
/// let key = MasterKey::new(&[1; 16], &[2; 14]);
/// let mut outbound = Outbound::new(&provider, profile, &key)?;
/// let mut inbound = Inbound::new(&provider, profile, &key)?;
///
/// // Three packets in one piece of memory, each with room for what protection adds.
/// const PACKET: usize = 14;
/// let room = PACKET + profile.rtp_overhead();
/// let mut memory = vec![0; 3 * room];
/// let mut run = Vec::new();
/// for (number, buffer) in memory.chunks_mut(room).enumerate() {
///     let header = [0x80, 96, 0, number as u8, 0, 0, 0, 1, 0xca, 0xfe, 0xba, 0xbe];
///     buffer[..12].copy_from_slice(&header);
///     run.push(Slot::new(buffer, PACKET));
/// }
/// outbound.protect_rtp_run(&mut run);
/// assert!(run.iter().all(|slot| slot.result().is_ok_and(|srtp| srtp.len() == room)));
///
/// let mut run: Vec<_> = memory.chunks_mut(room).map(|buffer| Slot::new(buffer, room)).collect();
/// inbound.unprotect_rtp_run(&mut run);
/// assert!(run.iter().all(|slot| slot.result().is_ok_and(|rtp| rtp.len() == PACKET)));
/// # Ok::<(), lariat_srtp::KeyError>(())
/// ```
pub struct Slot<'a, E> {
    buffer: &'a mut [u8],
    length: usize,
    error: Option<E>,
}

impl<'a, E: Copy> Slot<'a, E> {
    /// A packet that is the first `length` bytes of `buffer`. The rest is room for what protection
    /// adds. A length past the buffer's means all of it.
    pub fn new(buffer: &'a mut [u8], length: usize) -> Self {
        let length = length.min(buffer.len());
        Self { buffer, length, error: None }
    }

    /// The packet as the last call left it, or why that call refused it.
    ///
    /// # Errors
    /// What the call would have returned for this packet alone.
    pub fn result(&self) -> Result<&[u8], E> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.buffer.get(..self.length).unwrap_or_default()),
        }
    }

    /// Where the packet is, with the room behind it.
    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        self.buffer
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The packet, whatever the last call said of it.
    pub(crate) fn packet(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    pub(crate) fn packet_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..self.length).unwrap_or_default()
    }

    /// Notes what became of the packet; its length is unchanged if it was refused.
    pub(crate) fn settle(&mut self, result: Result<usize, E>) {
        match result {
            Ok(length) => (self.length, self.error) = (length, None),
            Err(error) => self.error = Some(error),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Slot<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({} of {} bytes, {:?})", self.length, self.buffer.len(), self.error)
    }
}
