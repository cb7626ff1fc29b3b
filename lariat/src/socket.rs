//! The one UDP socket of a connection.
//!
//! An IPv6 socket carries IPv4 too; protocols above only ever see the address as the other side
//! knows it, so addresses are mapped on the way out and back on the way in. Errors concern one
//! datagram, never the connection: a path that is gone shows in its missing answers.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lariat_base::{Datagram, Ecn, Transmit};
use quinn_udp::{EcnCodepoint, RecvMeta, UdpSocketState};
use socket2::{Domain, Protocol, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::fragmentation;
use crate::limits::{
    self, BUFFERS_PER_RECEIVE, COALESCED_BUFFER, DATAGRAM_BUFFER, RECEIVE_FAILURES,
};

/// What the socket has seen go wrong; see [`Stats`](crate::Stats).
///
/// ```
/// let stats = lariat::SocketStats::default();
/// assert_eq!(stats.failed_sends, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketStats {
    /// Datagrams that the operating system would not send: too long, no route, refused, no memory.
    pub failed_sends: u64,
    /// Receive calls that failed.
    pub failed_receives: u64,
    /// Bytes handed to the operating system.
    pub bytes_sent: u64,
    /// Bytes that arrived, from anyone.
    pub bytes_received: u64,
}

/// What became of a run of datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It was sent, or it failed and was counted.
    Done,
    /// The socket's buffer is full: keep it until the socket is writable.
    Blocked,
}

#[derive(Debug)]
pub(crate) struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    bound: SocketAddr,
    buffer: Vec<u8>,
    buffer_size: usize,
    /// The longest datagram that was refused as too long, since it was last asked for.
    too_long: usize,
    stats: SocketStats,
}

impl Socket {
    /// Binds `address`; see [`Configuration::bind`](crate::Configuration::bind).
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = match open(address) {
            Err(_) if address.is_ipv6() && address.ip().is_unspecified() => {
                open(SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port())))?
            }
            result => result?,
        };
        let io = UdpSocket::from_std(socket)?;
        let state = UdpSocketState::new((&io).into())?;
        let bound = io.local_addr()?;
        let buffer_size = if state.gro_segments() > 1 { COALESCED_BUFFER } else { DATAGRAM_BUFFER };
        // Zeroed pages cost nothing until a datagram is written to them.
        let buffer = vec![0; buffer_size * BUFFERS_PER_RECEIVE];
        let stats = SocketStats::default();
        Ok(Self { io, state, bound, buffer, buffer_size, too_long: 0, stats })
    }

    pub(crate) fn bound(&self) -> SocketAddr {
        self.bound
    }

    pub(crate) fn stats(&self) -> SocketStats {
        self.stats
    }

    /// How many datagrams one run may have; it falls to 1 when the kernel turns out to refuse runs.
    pub(crate) fn max_datagrams(&self) -> usize {
        self.state.max_gso_segments().clamp(1, limits::DATAGRAMS_PER_TRANSMIT)
    }

    /// Waits until there is something to read, or also room to write.
    pub(crate) async fn ready(&self, for_writing: bool) {
        let interest =
            if for_writing { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        if self.io.ready(interest).await.is_err() {
            // The runtime's I/O driver is gone and with it everything that could wake this task;
            // its handles, and so the end, still can.
            std::future::pending::<()>().await;
        }
    }

    /// The size of the longest datagram that the operating system has refused as too long for the
    /// path since the last call.
    pub(crate) fn take_too_long(&mut self) -> Option<usize> {
        let size = std::mem::take(&mut self.too_long);
        (size > 0).then_some(size)
    }

    /// Sends a run whose bytes are `bytes`.
    pub(crate) fn send(&mut self, transmit: &Transmit, bytes: &[u8]) -> Sent {
        if !transmit.may_fragment {
            return self.send_run(transmit, bytes);
        }
        // It is rare: a chunk that was cut before the path became smaller.
        fragmentation::allow(&self.io, true);
        let sent = self.send_run(transmit, bytes);
        fragmentation::allow(&self.io, false);
        sent
    }

    fn send_run(&mut self, transmit: &Transmit, bytes: &[u8]) -> Sent {
        let whole = self.try_send(transmit, bytes, transmit.segment_size);
        let (Err(error), Some(segment)) = (&whole, transmit.segment_size) else {
            return self.count(whole, bytes.len());
        };
        if error.kind() == io::ErrorKind::WouldBlock {
            return Sent::Blocked;
        }
        // adversarial Q5: the kernel or the network card refused the run, so its datagrams go one
        // by one; the socket state has taken note and asks for no more runs.
        for datagram in bytes.chunks(segment.max(1)) {
            let result = self.try_send(transmit, datagram, None);
            if self.count(result, datagram.len()) == Sent::Blocked {
                // Only a full buffer gets here: the rest is lost as on any congested path.
                self.stats.failed_sends = self.stats.failed_sends.saturating_add(1);
            }
        }
        Sent::Done
    }

    fn try_send(
        &self,
        transmit: &Transmit,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> io::Result<()> {
        let run = quinn_udp::Transmit {
            destination: self.outward(transmit.remote),
            ecn: transmit.ecn.map(ecn_out),
            contents,
            segment_size,
            // A socket bound to one address sends from it anyway.
            src_ip: self.bound.ip().is_unspecified().then_some(transmit.local.ip()),
        };
        loop {
            let result =
                self.io.try_io(Interest::WRITABLE, || self.state.try_send((&self.io).into(), &run));
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// A run that failed does not get here: its datagrams do, one by one.
    fn count(&mut self, result: io::Result<()>, bytes: usize) -> Sent {
        match result {
            Ok(()) => {
                let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
                self.stats.bytes_sent = self.stats.bytes_sent.saturating_add(bytes);
                Sent::Done
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Sent::Blocked,
            Err(error) => {
                if quinn_udp::is_msg_size_err(&error) {
                    self.too_long = self.too_long.max(bytes);
                }
                self.stats.failed_sends = self.stats.failed_sends.saturating_add(1);
                Sent::Done
            }
        }
    }

    /// Hands every datagram of one receive call to `each`; false if there was none.
    pub(crate) fn receive(&mut self, mut each: impl FnMut(Datagram<'_>)) -> bool {
        let mut metas = [RecvMeta::default(); BUFFERS_PER_RECEIVE];
        let Some(count) = self.receive_batch(&mut metas) else { return false };
        let buffers = self.buffer.chunks(self.buffer_size);
        for (buffer, meta) in buffers.zip(&metas).take(count) {
            let local = meta.dst_ip.unwrap_or(self.bound.ip()).to_canonical();
            let bytes = buffer.get(..meta.len).unwrap_or(buffer);
            let received = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.stats.bytes_received = self.stats.bytes_received.saturating_add(received);
            // adversarial Q6: a run is split at its stride; the last datagram may be shorter.
            for payload in bytes.chunks(meta.stride.max(1)) {
                each(Datagram {
                    local: SocketAddr::new(local, self.bound.port()),
                    remote: inward(meta.addr),
                    ecn: meta.ecn.and_then(|ecn| Ecn::from_bits(ecn as u8)),
                    payload,
                });
            }
        }
        true
    }

    fn receive_batch(&mut self, metas: &mut [RecvMeta; BUFFERS_PER_RECEIVE]) -> Option<usize> {
        let mut parts = self.buffer.chunks_mut(self.buffer_size);
        let mut slices: [IoSliceMut<'_>; BUFFERS_PER_RECEIVE] =
            std::array::from_fn(|_| IoSliceMut::new(parts.next().unwrap_or_default()));
        for failures in 1..=RECEIVE_FAILURES {
            let result = self.io.try_io(Interest::READABLE, || {
                match self.state.recv((&self.io).into(), &mut slices, metas) {
                    // Not the fault of any datagram: forget the readiness, or this would spin.
                    Err(error) if failures == RECEIVE_FAILURES => {
                        Err(io::Error::new(io::ErrorKind::WouldBlock, error))
                    }
                    result => result,
                }
            });
            match result {
                Ok(count) => return Some(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                // An unreachable port reported by the network, an interrupted call: look again.
                Err(_) => {
                    self.stats.failed_receives = self.stats.failed_receives.saturating_add(1);
                }
            }
        }
        None
    }

    /// An address as this socket wants it.
    fn outward(&self, address: SocketAddr) -> SocketAddr {
        match address.ip() {
            IpAddr::V4(ip) if self.bound.is_ipv6() => {
                SocketAddr::from((ip.to_ipv6_mapped(), address.port()))
            }
            _ => address,
        }
    }
}

/// An address as everybody else knows it.
fn inward(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn ecn_out(ecn: Ecn) -> EcnCodepoint {
    match ecn {
        Ecn::Ect0 => EcnCodepoint::Ect0,
        Ecn::Ect1 => EcnCodepoint::Ect1,
        Ecn::Ce => EcnCodepoint::Ce,
    }
}

fn open(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket =
        socket2::Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    // A burst must fit while the task is not running. The system may grant less, which is no error.
    let _ = socket.set_recv_buffer_size(limits::SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(limits::SOCKET_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn receive_one(socket: &mut Socket) -> (SocketAddr, SocketAddr, Option<Ecn>, Vec<u8>) {
        let mut seen = None;
        while seen.is_none() {
            socket.ready(false).await;
            socket.receive(|datagram| {
                let Datagram { local, remote, ecn, payload } = datagram;
                seen.get_or_insert((local, remote, ecn, payload.to_vec()));
            });
        }
        seen.unwrap()
    }

    /// Sends as the task does: when the socket has said that it can.
    async fn send(socket: &mut Socket, transmit: Transmit, bytes: &[u8]) {
        while socket.send(&transmit, bytes) == Sent::Blocked {
            socket.ready(true).await;
        }
    }

    fn on_loopback(socket: &Socket, ip: &str) -> SocketAddr {
        SocketAddr::new(ip.parse().unwrap(), socket.bound().port())
    }

    #[tokio::test]
    async fn a_dual_stack_socket_shows_plain_ipv4_addresses_and_exact_local_ones() {
        let mut a = Socket::bind("[::]:0".parse().unwrap()).unwrap();
        let mut b = Socket::bind("0.0.0.0:0".parse().unwrap()).unwrap();
        // Any address of 127/8 is local, so it shows that the chosen one was used.
        let (from, to) = (on_loopback(&a, "127.0.0.2"), on_loopback(&b, "127.0.0.3"));
        let mut transmit = Transmit::new(from, to, 5);
        transmit.ecn = Some(Ecn::Ect1);
        send(&mut a, transmit, b"hello").await;
        let seen = receive_one(&mut b).await;
        assert_eq!(seen, (to, from, Some(Ecn::Ect1), b"hello".to_vec()));
        send(&mut b, Transmit::new(to, from, 2), b"yo").await;
        assert_eq!(receive_one(&mut a).await, (from, to, None, b"yo".to_vec()));
    }

    #[tokio::test]
    async fn a_run_arrives_as_its_datagrams() {
        // adversarial Q6
        let mut a = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut b = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let run = [vec![1; 1_000], vec![2; 1_000], vec![3; 10]].concat();
        let transmit = Transmit::new(a.bound(), b.bound(), run.len()).with_segment_size(1_000);
        send(&mut a, transmit, &run).await;
        let mut seen = Vec::new();
        while seen.len() < 3 {
            b.ready(false).await;
            b.receive(|datagram| seen.push(datagram.payload.to_vec()));
        }
        assert_eq!(seen, [vec![1; 1_000], vec![2; 1_000], vec![3; 10]]);
    }

    #[tokio::test]
    async fn a_datagram_that_cannot_be_sent_is_counted_and_the_next_one_goes() {
        // adversarial Q5
        let mut a = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut b = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let too_long = vec![0; 70_000];
        let transmit = Transmit::new(a.bound(), b.bound(), 70_000);
        send(&mut a, transmit, &too_long).await;
        let no_family = "[2001:db8::1]:9".parse().unwrap();
        let transmit = Transmit::new(a.bound(), no_family, 1);
        send(&mut a, transmit, b"x").await;
        assert_eq!(a.stats().failed_sends, 2);
        assert_eq!(a.take_too_long(), Some(70_000));
        assert_eq!(a.take_too_long(), None);
        // A port where nobody listens.
        let nobody = {
            let gone = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
            gone.bound()
        };
        for _ in 0..3 {
            let transmit = Transmit::new(a.bound(), nobody, 1);
            send(&mut a, transmit, b"x").await;
        }
        let transmit = Transmit::new(a.bound(), b.bound(), 2);
        send(&mut a, transmit, b"ok").await;
        assert_eq!(receive_one(&mut b).await.3, b"ok");
    }
}
