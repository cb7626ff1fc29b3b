//! The framing that the runner puts around datagrams, over TCP.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::Failure;
use crate::options::Options;

/// How long the runner may take to say nothing more.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the runner says.
pub(crate) enum Frame {
    /// A datagram of the peer.
    Datagram(Vec<u8>),
    /// So much time passes; to be acknowledged before anything is done about it.
    Passes(Duration),
    /// The next timeout is expected after so long, or there is to be none.
    Expect(Option<Duration>),
    /// The path's MTU is now this.
    Mtu,
    /// The initial retransmission timeout is now this.
    Timeout,
    /// It is gone.
    End,
}

/// The connection with the runner.
pub(crate) struct Wire(TcpStream);

impl Wire {
    /// Connects, and says for which test.
    pub(crate) fn connect(options: &Options) -> Result<Self, Failure> {
        let address: SocketAddr = if options.ipv6 {
            (Ipv6Addr::LOCALHOST, options.port).into()
        } else {
            (Ipv4Addr::LOCALHOST, options.port).into()
        };
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.write_all(&options.shim_id.to_le_bytes())?;
        Ok(Self(stream))
    }

    /// Waits for what the runner says next.
    pub(crate) fn receive(&mut self) -> Result<Frame, Failure> {
        let [opcode] = match self.array() {
            Ok(opcode) => opcode,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                ) =>
            {
                return Ok(Frame::End);
            }
            Err(error) => return Err(error.into()),
        };
        Ok(match opcode {
            b'P' => {
                let length = u32::from_be_bytes(self.array()?);
                let mut datagram = vec![0; length as usize];
                self.0.read_exact(&mut datagram)?;
                Frame::Datagram(datagram)
            }
            b'T' => {
                let passed = Duration::from_nanos(u64::from_be_bytes(self.array()?));
                self.0.write_all(b"t")?;
                Frame::Passes(passed)
            }
            b'E' => {
                let after = u64::from_be_bytes(self.array()?);
                Frame::Expect((after != u64::MAX).then(|| Duration::from_nanos(after)))
            }
            b'M' => self.array::<4>().map(|_| Frame::Mtu)?,
            b'U' => self.array::<4>().map(|_| Frame::Timeout)?,
            other => return Err(Failure::failed(format!("unknown opcode {other:#04x}"))),
        })
    }

    /// Sends a datagram. A runner that is gone has heard enough.
    pub(crate) fn send(&mut self, datagram: &[u8]) -> Result<(), Failure> {
        let length = u32::try_from(datagram.len()).map_err(Failure::failed)?;
        let mut frame = vec![b'P'];
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(datagram);
        match self.0.write_all(&frame) {
            Err(error)
                if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) =>
            {
                Ok(())
            }
            result => Ok(result?),
        }
    }

    /// Ends the connection without losing what is still on its way to the runner.
    pub(crate) fn close(mut self) {
        // With unread bytes the system would reset the connection.
        let is_ended = self.0.shutdown(Shutdown::Write).is_ok()
            && self.0.set_read_timeout(Some(PATIENCE)).is_ok();
        if is_ended {
            let _ = std::io::copy(&mut self.0, &mut std::io::sink());
        }
    }

    fn array<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut array = [0; N];
        self.0.read_exact(&mut array)?;
        Ok(array)
    }
}
