//! What can be set.

use core::time::Duration;

/// The configuration of an association.
///
/// ```
/// use lariat_sctp::Config;
///
/// let config = Config { receive_window: 8 << 20, ..Config::default() };
/// assert_eq!(config.mtu, 1_191);
/// ```
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is built by `..Config::default()`")]
pub struct Config {
    /// Our SCTP port, `a=sctp-port` of our description. 5000.
    pub local_port: u16,
    /// The peer's SCTP port. 5000.
    pub remote_port: u16,
    /// The largest SCTP packet in bytes: what DTLS, UDP and IP leave of the path's. 1191, as
    /// browsers do; at least [`limits::MIN_MTU`](crate::limits::MIN_MTU).
    pub mtu: usize,
    /// How many bytes of received data are held, with bookkeeping, before the peer has to wait. 4
    /// MiB; at least 64 KiB and room for one message.
    pub receive_window: usize,
    /// The longest message that is received, in bytes: `a=max-message-size` of our description.
    /// 256 KiB.
    pub max_message_size: usize,
    /// The longest message that the peer receives; see
    /// [`set_remote_max_message_size`](crate::DataChannels::set_remote_max_message_size). 64 KiB,
    /// which is what RFC 8841 §6.1 assumes of a peer that does not say.
    pub remote_max_message_size: usize,
    /// How many bytes may wait to be sent or acknowledged before sending blocks. 16 MiB.
    pub send_buffer: usize,
    /// How many channels the other side may have open at once; those of ours do not count. 256.
    pub max_incoming_channels: usize,
    /// The retransmission timeout before a round trip was measured. 500 ms.
    pub rto_initial: Duration,
    /// The shortest retransmission timeout. 400 ms: twice what a peer may delay an
    /// acknowledgement.
    pub rto_min: Duration,
    /// The longest retransmission timeout. 10 s.
    pub rto_max: Duration,
    /// How often INIT and COOKIE ECHO are repeated before connecting fails. 8.
    pub max_init_retransmits: u32,
    /// How many timeouts in a row end the association. 10.
    pub max_retransmits: u32,
    /// How long the path is idle before it is probed with a HEARTBEAT. 30 s.
    pub heartbeat_interval: Duration,
    /// How long a state cookie is good. 60 s.
    pub cookie_lifetime: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            local_port: 5_000,
            remote_port: 5_000,
            mtu: 1_191,
            receive_window: 4 << 20,
            max_message_size: 256 << 10,
            remote_max_message_size: 64 << 10,
            send_buffer: 16 << 20,
            max_incoming_channels: 256,
            rto_initial: Duration::from_millis(500),
            rto_min: Duration::from_millis(400),
            rto_max: Duration::from_secs(10),
            max_init_retransmits: 8,
            max_retransmits: 10,
            heartbeat_interval: Duration::from_secs(30),
            cookie_lifetime: Duration::from_secs(60),
        }
    }
}

impl Config {
    /// The same, with what is below its least value raised to it.
    pub(crate) fn clamped(mut self) -> Self {
        self.mtu = self.mtu.max(crate::limits::MIN_MTU);
        // Twice a message: its fragments are charged more than their bytes.
        let message = self.max_message_size.saturating_mul(2);
        self.receive_window = self.receive_window.max(64 << 10).max(message).min(1 << 31);
        self.rto_min = self.rto_min.max(Duration::from_millis(1));
        self.rto_max = self.rto_max.max(self.rto_min);
        self
    }
}
