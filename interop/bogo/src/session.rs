//! One connection, as a test has it.

use std::time::Duration;

use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::{Config, ConfigError, ConnectedInfo, Connection, Event, Role, Version};

use crate::options::Options;
use crate::wire::{Frame, Wire};
use crate::{Failure, identity};

/// The runner's first retransmission timeout, if it does not say another.
const INITIAL_RTO: Duration = Duration::from_millis(400);

/// The runner has our timeouts double up to a minute, and we stop earlier.
const LONGEST_RTO: Duration = lariat_dtls::limits::MAX_RTO;

/// The runner lets more time pass than anybody else in a handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long an acknowledgement of one record is, and how much another one adds.
const SHORTEST_ACK: usize = 40;
const ACKED_NUMBER: usize = 16;

/// What we say if we are to speak first.
const GREETING: &[u8] = b"hello";

/// The random by which a ServerHello is a retry request (RFC 8446 §4.1.3).
const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A connection, the runner, and what is to be done with them.
pub(crate) struct Session<'a> {
    options: &'a Options,
    wire: Wire,
    connection: Connection,
    now: Instant,
    /// Whether somebody asked for another hello.
    is_retried: bool,
    is_connected: bool,
    /// An acknowledgement that goes out then, if nothing has taken its place.
    held: Option<(Instant, Vec<u8>)>,
    rto: Duration,
}

impl<'a> Session<'a> {
    /// Connects with the runner, and starts the handshake if we are the client.
    pub(crate) fn open(options: &'a Options) -> Result<Self, Failure> {
        let provider = ring::provider();
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&options.shim_id.to_le_bytes());
        let seed = Seed::new(seed);
        let certificate = identity::ours(&*provider, options, &seed)?;
        let fingerprints = if options.fail_verification {
            vec![certificate.fingerprint()]
        } else {
            identity::theirs(&*provider, options)?
        };
        let mut config = Config::new(provider, seed.split("dtls"), certificate);
        config.versions = options.versions();
        if config.versions.is_empty() {
            return Err(Failure::failed("no version is left"));
        }
        if !options.groups.is_empty() {
            config.groups.clone_from(&options.groups);
        }
        if config.check() == Err(ConfigError::NoGroup(Version::Dtls12)) {
            // It is no mistake to be asked for a group that 1.3 alone has.
            config.versions.retain(|version| *version != Version::Dtls12);
        }
        config.srtp_profiles.clone_from(&options.srtp_profiles);
        config.mtu = options.mtu.unwrap_or(config.mtu);
        let rto = options.initial_rto.unwrap_or(INITIAL_RTO);
        config.initial_rto = rto;
        config.handshake_timeout = HANDSHAKE_TIMEOUT;
        let role = if options.is_server { Role::Server } else { Role::Client };
        let mut connection = Connection::new(config, role, fingerprints);
        let now = Instant::ZERO;
        connection.start(now);
        let wire = Wire::connect(options)?;
        Ok(Self {
            options,
            wire,
            connection,
            now,
            is_retried: false,
            is_connected: false,
            held: None,
            rto,
        })
    }

    /// Does as the runner says until one of the two has enough.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let outcome = self.converse();
        // The last words.
        let flushed = self.flush();
        self.wire.close();
        outcome.and(flushed)
    }

    fn converse(&mut self) -> Result<(), Failure> {
        loop {
            self.flush()?;
            while let Some(event) = self.connection.poll_event() {
                if self.happened(event)? {
                    return Ok(());
                }
                self.flush()?;
            }
            match self.wire.receive()? {
                Frame::Datagram(datagram) => {
                    let was_connected = self.connection.is_connected();
                    self.connection.handle_datagram(self.now, &datagram);
                    if was_connected || !self.connection.is_connected() {
                        self.flush_holding()?;
                    }
                }
                Frame::Passes(passed) => {
                    self.now = self.now + passed;
                    self.release()?;
                    self.connection.handle_timeout(self.now);
                }
                Frame::Expect(after) => self.expect_timeout(after)?,
                Frame::Mtu => return Err(Failure::Unimplemented("another MTU".into())),
                Frame::Timeout => return Err(Failure::Unimplemented("another timeout".into())),
                Frame::End => return self.ended(),
            }
        }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let mut datagram = Vec::new();
        while self.connection.poll_transmit(&mut datagram).is_some() {
            self.is_retried |= is_retry(&datagram);
            self.wire.send(&datagram)?;
            datagram.clear();
        }
        Ok(())
    }

    /// Sends what answers a datagram, but no acknowledgement.
    ///
    /// The runner expects those a quarter of a retransmission timeout later, or not at all if a
    /// flight has said the same by then. We send them at once when a message comes out of its
    /// order, and whenever the handshake is over, and that is not what the tests are about. Under
    /// keys, an acknowledgement is known by its length.
    fn flush_holding(&mut self) -> Result<(), Failure> {
        let mut datagrams = Vec::new();
        let mut datagram = Vec::new();
        while self.connection.poll_transmit(&mut datagram).is_some() {
            datagrams.push(std::mem::take(&mut datagram));
        }
        let is_flight = !self.is_connected && datagrams.len() > 1;
        for datagram in datagrams {
            if is_ack(&datagram) && !is_flight {
                let at = self.held.take().map_or(self.now + self.rto / 4, |(at, _)| at);
                self.held = Some((at, datagram));
                continue;
            }
            if !self.is_connected {
                self.held = None;
            }
            self.is_retried |= is_retry(&datagram);
            self.wire.send(&datagram)?;
        }
        Ok(())
    }

    /// Sends the acknowledgement that was held back for long enough.
    fn release(&mut self) -> Result<(), Failure> {
        match self.held.take() {
            Some((at, datagram)) if at <= self.now => self.wire.send(&datagram),
            held => {
                self.held = held;
                Ok(())
            }
        }
    }

    /// Takes an event, and says whether it is the last one.
    fn happened(&mut self, event: Event) -> Result<bool, Failure> {
        match event {
            Event::Connected(info) => self.connected(&info).map(|()| self.options.shim_shuts_down),
            Event::Data(data) => self.answer(&data).map(|()| false),
            Event::Closed => Ok(true),
            Event::Failed(reason) => Err(Failure::failed(format!("{reason:?}: {reason}"))),
            _ => Ok(false),
        }
    }

    /// The handshake is complete: looks at what came of it, and speaks first if we are to.
    fn connected(&mut self, info: &ConnectedInfo) -> Result<(), Failure> {
        let options = self.options;
        self.is_connected = true;
        expect("version", options.expect_version, info.version.code_point())?;
        // What asks for a cookie in 1.2 is no retry request.
        let is_retried = self.is_retried && info.version == Version::Dtls13;
        expect("retry", options.expect_retry, is_retried)?;
        if let Some(group) = options.expect_group {
            let actual = options.groups.iter().find(|group| format!("{group:?}") == info.group);
            expect("group", Some(Some(group)), actual.map(|group| group.code_point()))?;
        }
        if options.export_length > 0 {
            let context = options.use_export_context.then_some(options.export_context.as_bytes());
            let mut material = vec![0; options.export_length];
            self.connection
                .export_keying_material(&options.export_label, context, &mut material)
                .map_err(Failure::failed)?;
            self.send(&material)?;
        }
        if options.shim_writes_first {
            self.send(GREETING)?;
        }
        if options.shim_shuts_down {
            self.connection.close();
        } else if options.key_update_before_read {
            self.connection.update_keys(self.now, false);
        }
        Ok(())
    }

    /// The runner expects every byte back, inverted.
    fn answer(&mut self, data: &[u8]) -> Result<(), Failure> {
        if self.options.key_update {
            self.connection.update_keys(self.now, false);
        }
        let inverted: Vec<u8> = data.iter().map(|byte| !byte).collect();
        self.send(&inverted)?;
        if self.options.key_update_before_read {
            self.connection.update_keys(self.now, false);
        }
        Ok(())
    }

    fn send(&mut self, data: &[u8]) -> Result<(), Failure> {
        self.flush()?;
        let mut datagram = Vec::new();
        self.connection.send(data, &mut datagram).map_err(Failure::failed)?;
        self.wire.send(&datagram)
    }

    /// Compares our next timeout with the runner's idea of it.
    fn expect_timeout(&self, after: Option<Duration>) -> Result<(), Failure> {
        let ours = self.connection.poll_timeout();
        let ours = ours.filter(|deadline| deadline.reason != "DTLS handshake timeout");
        let held = self.held.as_ref().map(|(at, _)| *at);
        let next = ours.map(|deadline| deadline.at).into_iter().chain(held).min();
        let ours = next.map(|at| at.saturating_since(self.now));
        match (ours, after) {
            (None, None) => Ok(()),
            (Some(ours), Some(after)) if ours == after.min(LONGEST_RTO) => Ok(()),
            _ => Err(Failure::failed(format!("next timeout: {ours:?}, expected {after:?}"))),
        }
    }

    /// The runner is gone.
    fn ended(&mut self) -> Result<(), Failure> {
        if !self.is_connected {
            return Err(Failure::failed("the runner is gone before the handshake is complete"));
        }
        if self.options.check_close_notify {
            return Err(Failure::failed("the runner is gone without a close_notify"));
        }
        self.connection.close();
        Ok(())
    }
}

/// Whether a datagram is one record of 1.3, as long as acknowledgements are and nothing else is
/// that answers a datagram.
fn is_ack(datagram: &[u8]) -> bool {
    let Some(([first, _, _, length @ ..], rest)) = datagram.split_first_chunk::<5>() else {
        return false;
    };
    let over = datagram.len().checked_sub(SHORTEST_ACK);
    first & 0xfc == 0x2c
        && usize::from(u16::from_be_bytes(*length)) == rest.len()
        && over.is_some_and(|over| over % ACKED_NUMBER == 0)
}

/// Whether a datagram of ours asks for a second hello, or begins one.
fn is_retry(datagram: &[u8]) -> bool {
    // The record's header, the type of the message, its length, and its number.
    let begins_second = matches!(datagram, [22, _, _, 0, 0, ..])
        && datagram.get(13) == Some(&1)
        && datagram.get(17..19) == Some(&[0, 1]);
    let asks = datagram.windows(RETRY_RANDOM.len()).any(|window| window == RETRY_RANDOM);
    begins_second || asks
}

fn expect<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: Option<T>,
    actual: T,
) -> Result<(), Failure> {
    match expected {
        Some(expected) if expected != actual => {
            Err(Failure::failed(format!("{what}: {actual:?}, expected {expected:?}")))
        }
        _ => Ok(()),
    }
}
