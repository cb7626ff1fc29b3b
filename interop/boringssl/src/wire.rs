//! What BoringSSL takes for its socket.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Result, Write};

/// The datagrams that came and those that are to go. A read takes one, and a write makes one.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    pub(crate) incoming: VecDeque<Vec<u8>>,
    pub(crate) outgoing: VecDeque<Vec<u8>>,
}

impl Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let datagram = self.incoming.pop_front().ok_or(ErrorKind::WouldBlock)?;
        // As a socket does: what does not fit is lost.
        (&datagram[..]).read(out)
    }
}

impl Write for Wire {
    fn write(&mut self, datagram: &[u8]) -> Result<usize> {
        self.outgoing.push_back(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
