//! BoringSSL as a peer of DTLS without a socket, on the clock of whoever owns it.
//!
//! [`Peer`] has the verbs of Lariat's own connection, so that a test can hold one of each and carry
//! datagrams between them.

mod raw;
mod wire;

use std::collections::VecDeque;
use std::time::Duration;

use boring::error::ErrorStack;
use boring::pkey::PKey;
use boring::ssl::{
    Error, ErrorCode, Ssl, SslAlert, SslContext, SslContextBuilder, SslMethod, SslRef, SslStream,
    SslVerifyError, SslVerifyMode, SslVersion,
};
use boring::x509::X509;
use lariat_base::Instant;
use lariat_crypto::NamedGroup;
use lariat_dtls::{Role, Version};

use crate::wire::Wire;

/// When [`Instant::ZERO`] is, since 1970.
const START: Duration = Duration::from_secs(1_790_000_000);

/// The longest plaintext of a record, in bytes.
const LONGEST_DATA: usize = 1 << 14;

/// What a [`Peer`] needs to know before it begins.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its certificate, in DER.
    pub certificate: Vec<u8>,
    /// The key of that, as PKCS #8 in DER.
    pub private_key: Vec<u8>,
    /// The only certificate that it accepts, in DER.
    pub expected: Vec<u8>,
    /// The oldest and the newest version that it speaks.
    pub versions: [Version; 2],
    /// The groups, the preferred one first.
    pub groups: Vec<NamedGroup>,
    /// The groups of which a client sends keys with its first hello, in the order of `groups`;
    /// `None`: the first, and one more if only one of the two resists quantum computers.
    pub key_shares: Option<Vec<NamedGroup>>,
    /// SRTP protection profiles by code point, the preferred one first.
    pub srtp_profiles: Vec<u16>,
    /// The longest datagram, in bytes of UDP payload.
    pub mtu: u32,
}

/// Something that happened to a [`Peer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The handshake is complete.
    Connected,
    /// The payload of one record.
    Data(Vec<u8>),
    /// The other side has closed.
    Closed,
    /// The connection is dead: what BoringSSL calls the reason. The last event.
    Failed(String),
}

/// One end of a connection.
pub struct Peer {
    role: Role,
    stream: SslStream<Wire>,
    now: Instant,
    phase: Phase,
    events: VecDeque<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Handshaking,
    Connected,
    Over,
}

impl Peer {
    /// One that has not said anything yet.
    ///
    /// # Errors
    ///
    /// If BoringSSL refuses the settings.
    pub fn new(role: Role, settings: &Settings) -> Result<Self, ErrorStack> {
        let context = context(settings)?;
        let mut ssl = Ssl::new(&context)?;
        ssl.set_mtu(settings.mtu)?;
        if let Some(groups) = &settings.key_shares {
            let groups: Vec<_> = groups.iter().map(|group| group.code_point()).collect();
            raw::set_key_shares(&mut ssl, &groups)?;
        }
        let stream = SslStream::new(ssl, Wire::default())?;
        let (now, events) = (Instant::ZERO, VecDeque::new());
        Ok(Self { role, stream, now, phase: Phase::Handshaking, events })
    }

    /// Begins: a client says hello.
    pub fn start(&mut self, now: Instant) {
        self.set_time(now);
        self.advance();
    }

    /// Takes a datagram from the other side.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.set_time(now);
        self.stream.get_mut().incoming.push_back(datagram.to_vec());
        self.advance();
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.set_time(now);
        if self.phase != Phase::Over
            && let Err(errors) = raw::handle_timeout(self.stream.ssl_mut())
        {
            self.end(Event::Failed(reason(&errors)));
        }
    }

    /// When something is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        raw::set_time(since_1970(self.now));
        let left = raw::timeout(self.stream.ssl()).filter(|_| self.phase != Phase::Over);
        left.map(|left| self.now + left)
    }

    /// A datagram for the other side.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.stream.get_mut().outgoing.pop_front()
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Sends one record of data.
    ///
    /// # Errors
    ///
    /// What BoringSSL says, for instance that there is no connection.
    pub fn send(&mut self, now: Instant, data: &[u8]) -> Result<(), Error> {
        self.set_time(now);
        self.stream.ssl_write(data).map(drop)
    }

    /// Renews the keys of what it sends and, with `and_peer`, asks for the same from the other
    /// side. This goes with the next data, and takes effect once it is acknowledged.
    ///
    /// # Errors
    ///
    /// What BoringSSL says, for instance that this is not DTLS 1.3.
    pub fn update_keys(&mut self, and_peer: bool) -> Result<(), ErrorStack> {
        raw::update_keys(self.stream.ssl_mut(), and_peer)
    }

    /// Tells the other side that no more data will come.
    ///
    /// # Errors
    ///
    /// What BoringSSL says, for instance that the handshake is not complete.
    pub fn close(&mut self, now: Instant) -> Result<(), Error> {
        self.set_time(now);
        self.stream.shutdown().map(drop)
    }

    /// Fills `out` with keying material for another protocol.
    ///
    /// # Errors
    ///
    /// What BoringSSL says, for instance that there is no connection.
    pub fn export_keying_material(&self, label: &str, out: &mut [u8]) -> Result<(), ErrorStack> {
        self.stream.ssl().export_keying_material(out, label, None)
    }

    /// The version that was agreed on.
    pub fn version(&self) -> Option<Version> {
        match self.stream.ssl().version2() {
            Some(SslVersion::DTLS1_2) => Some(Version::Dtls12),
            Some(SslVersion::DTLS1_3) => Some(Version::Dtls13),
            _ => None,
        }
    }

    /// The code point of the group that was agreed on.
    pub fn group(&self) -> Option<u16> {
        self.stream.ssl().curve()
    }

    /// The name, in IANA's registry, of the cipher suite that was agreed on.
    pub fn cipher_suite(&self) -> Option<&'static str> {
        self.stream.ssl().current_cipher()?.standard_name()
    }

    /// The code point of the SRTP protection profile that was agreed on.
    pub fn srtp_profile(&self) -> Option<u16> {
        self.stream.ssl().selected_srtp_profile()?.id().as_raw().try_into().ok()
    }

    /// Whether the server has asked for another hello with the key of another group.
    pub fn has_seen_a_retry(&self) -> bool {
        self.stream.ssl().used_hello_retry_request()
    }

    fn set_time(&mut self, now: Instant) {
        self.now = now;
        raw::set_time(since_1970(now));
    }

    /// Lets BoringSSL read until it waits for more.
    fn advance(&mut self) {
        while self.phase != Phase::Over {
            match self.step() {
                Ok(event) => {
                    self.phase = Phase::Connected;
                    self.events.push_back(event);
                }
                Err(error) if error.would_block() => return,
                Err(error) if error.code() == ErrorCode::ZERO_RETURN => self.end(Event::Closed),
                Err(error) => {
                    let text = error.ssl_error().map_or_else(|| error.to_string(), reason);
                    self.end(Event::Failed(text));
                }
            }
        }
    }

    fn step(&mut self) -> Result<Event, Error> {
        if self.phase == Phase::Connected {
            let mut data = vec![0; LONGEST_DATA];
            let length = self.stream.ssl_read(&mut data)?;
            data.truncate(length);
            return Ok(Event::Data(data));
        }
        let result = match self.role {
            Role::Client => self.stream.connect(),
            Role::Server => self.stream.accept(),
        };
        result.map(|()| Event::Connected)
    }

    fn end(&mut self, event: Event) {
        self.phase = Phase::Over;
        self.events.push_back(event);
    }
}

fn context(settings: &Settings) -> Result<SslContext, ErrorStack> {
    let mut context = SslContextBuilder::new(SslMethod::dtls())?;
    raw::use_time_that_is_set(&context);
    let [oldest, newest] = settings.versions.map(version);
    context.set_min_proto_version(oldest)?;
    context.set_max_proto_version(newest)?;
    context.set_certificate(&*X509::from_der(&settings.certificate)?)?;
    context.set_private_key(&*PKey::private_key_from_der(&settings.private_key)?)?;
    let groups: Vec<_> = settings.groups.iter().map(|group| name_of_group(*group)).collect();
    context.set_curves_list(&groups.join(":"))?;
    if !settings.srtp_profiles.is_empty() {
        let profiles: Vec<_> = settings.srtp_profiles.iter().map(|p| name_of_profile(*p)).collect();
        context.set_tlsext_use_srtp(&profiles.join(":"))?;
    }
    let expected = settings.expected.clone();
    let verify = move |ssl: &mut SslRef| {
        let shown = ssl.peer_certificate().and_then(|certificate| certificate.to_der().ok());
        let is_expected = shown.is_some_and(|shown| shown == expected);
        let refusal = SslVerifyError::Invalid(SslAlert::BAD_CERTIFICATE);
        if is_expected { Ok(()) } else { Err(refusal) }
    };
    let mode = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
    context.set_custom_verify_callback(mode, verify);
    Ok(context.build())
}

const fn version(version: Version) -> Option<SslVersion> {
    match version {
        Version::Dtls12 => Some(SslVersion::DTLS1_2),
        Version::Dtls13 => Some(SslVersion::DTLS1_3),
        _ => None,
    }
}

const fn name_of_group(group: NamedGroup) -> &'static str {
    match group {
        NamedGroup::Secp256r1 => "P-256",
        NamedGroup::Secp384r1 => "P-384",
        NamedGroup::X25519 => "X25519",
        NamedGroup::X25519MlKem768 => "X25519MLKEM768",
        _ => "a group that is newer",
    }
}

const fn name_of_profile(profile: u16) -> &'static str {
    match profile {
        1 => "SRTP_AES128_CM_SHA1_80",
        2 => "SRTP_AES128_CM_SHA1_32",
        7 => "SRTP_AEAD_AES_128_GCM",
        8 => "SRTP_AEAD_AES_256_GCM",
        _ => "a profile that BoringSSL lacks",
    }
}

/// The name that BoringSSL has for what went wrong first.
fn reason(errors: &ErrorStack) -> String {
    let first = errors.errors().first();
    first.and_then(|error| error.reason()).unwrap_or("no reason").to_owned()
}

fn since_1970(now: Instant) -> Duration {
    START + now.saturating_since(Instant::ZERO)
}
