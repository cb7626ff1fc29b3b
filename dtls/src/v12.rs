//! The handshake of DTLS 1.2, as states that consume themselves.
//!
//! ```text
//! client                                            server
//! ClientHello                 ------ flight 1 ----->
//!                             <----- flight 2 ------  HelloVerifyRequest (not under ICE)
//! ClientHello with cookie     ------ flight 3 ----->
//!                                                     ServerHello, Certificate, ServerKeyExchange,
//!                             <----- flight 4 ------  CertificateRequest, ServerHelloDone
//! Certificate, ClientKeyExchange, CertificateVerify,
//! ChangeCipherSpec, Finished  ------ flight 5 ----->
//!                             <----- flight 6 ------  ChangeCipherSpec, Finished
//! ```
//!
//! ChangeCipherSpec is sent but not waited for: a record's epoch says the same, and says it for
//! every record, whatever was lost or reordered.

mod client;
mod keys;
mod server;
mod suite;

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::{NamedGroup, Secret};

pub(crate) use client::server_hello;
pub(crate) use keys::MasterSecret;
pub(crate) use server::client_hello;
pub(crate) use suite::{cipher_suites, groups, is_cipher_suite};

use crate::context::{Context, expect};
use crate::error::FailureReason;
use crate::event::{ConnectedInfo, Role, Version};
use crate::handshake::{HandshakeType, Message};
use crate::message::extension::EcPointFormats;
use crate::message::{CertificateMessage, Extensions, Finished};
use crate::negotiation;
use crate::record::Epoch;
use crate::state::Established;
use keys::Randoms;
use suite::CipherSuite;

/// What we wait for once the hellos have decided for this version, in protocol order: first as
/// client, then as server.
#[derive(Debug)]
pub(crate) enum State {
    ServerCertificate(client::ExpectServerCertificate),
    ServerKeyExchange(client::ExpectServerKeyExchange),
    CertificateRequestOrDone(client::ExpectCertificateRequestOrDone),
    ServerHelloDone(client::ExpectServerHelloDone),
    ServerFinished(client::ExpectServerFinished),
    ClientCertificate(server::ExpectClientCertificate),
    ClientKeyExchange(server::ExpectClientKeyExchange),
    CertificateVerify(server::ExpectCertificateVerify),
    ClientFinished(server::ExpectClientFinished),
    Connected(Box<Established>),
}

impl State {
    /// Whether nothing comes without protection any more.
    pub(crate) const fn has_keys(&self) -> bool {
        matches!(self, Self::ServerFinished(_) | Self::ClientFinished(_) | Self::Connected(_))
    }

    /// The same state once more, where it waits for something that comes without protection.
    pub(crate) fn checkpoint(&self) -> Option<Self> {
        Some(match self {
            Self::ServerCertificate(state) => Self::ServerCertificate(state.clone()),
            Self::ServerKeyExchange(state) => Self::ServerKeyExchange(state.clone()),
            Self::CertificateRequestOrDone(state) => Self::CertificateRequestOrDone(state.clone()),
            Self::ServerHelloDone(state) => Self::ServerHelloDone(state.clone()),
            Self::ClientCertificate(state) => Self::ClientCertificate(state.clone()),
            Self::ClientKeyExchange(state) => Self::ClientKeyExchange(state.clone()),
            Self::CertificateVerify(state) => Self::CertificateVerify(state.clone()),
            Self::ServerFinished(_) | Self::ClientFinished(_) | Self::Connected(_) => return None,
        })
    }

    /// Takes the next message.
    pub(crate) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<Self, FailureReason> {
        match self {
            Self::ServerCertificate(state) => state.handle(message, context),
            Self::ServerKeyExchange(state) => state.handle(message, context),
            Self::CertificateRequestOrDone(state) => state.handle(message, context),
            Self::ServerHelloDone(state) => state.handle(message, context),
            Self::ServerFinished(state) => state.handle(message, context),
            Self::ClientCertificate(state) => state.handle(message, context),
            Self::ClientKeyExchange(state) => state.handle(message, context),
            Self::CertificateVerify(state) => state.handle(message, context),
            Self::ClientFinished(state) => state.handle(message, context),
            Self::Connected(_) => Err(FailureReason::UnexpectedMessage),
        }
    }
}

fn send_certificate(context: &mut Context<'_>) -> Result<(), FailureReason> {
    let chain = context.config.certificate.chain().map(<[u8]>::to_vec).collect();
    let message = CertificateMessage { chain };
    context.send(Epoch::PLAINTEXT, HandshakeType::Certificate, |out| message.encode(out))
}

/// The public key of the peer's certificate, if that is the expected one.
fn check_certificate(message: &Message, context: &Context<'_>) -> Result<Vec<u8>, FailureReason> {
    let certificate = CertificateMessage::parse(&message.body)?;
    context.check_certificate(certificate.chain.first().map(Vec::as_slice))
}

/// Ends a flight with ChangeCipherSpec and Finished, in the epoch that begins there.
fn send_finished(
    master_secret: &MasterSecret,
    suite: &CipherSuite,
    sender: Role,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    context.outbox.change_cipher_spec();
    let protection = master_secret.protection(context.provider(), sender)?;
    context.records.install_outbound(Epoch::PROTECTED, protection);
    let hash = context.transcript.hash_12(context.provider(), suite.hash);
    let finished = master_secret.finished(context.provider(), sender, &hash);
    context.send(Epoch::PROTECTED, HandshakeType::Finished, |out| finished.encode(out))
}

/// Reads and checks the peer's Finished, and adds it to the transcript.
fn receive_finished(
    message: &Message,
    master_secret: &MasterSecret,
    suite: &CipherSuite,
    sender: Role,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    expect(message, HandshakeType::Finished)?;
    let finished = Finished::parse(&message.body, keys::VERIFY_DATA_LEN)?;
    let hash = context.transcript.hash_12(context.provider(), suite.hash);
    master_secret.verify_finished(context.provider(), sender, &hash, &finished)?;
    context.received(message)
}

/// rfc8422 §5.1.2: whoever sends the list must have the uncompressed form in it.
fn check_point_formats(extensions: &Extensions) -> Result<(), FailureReason> {
    match extensions.get::<EcPointFormats>()? {
        Some(formats) if !formats.0.contains(&EcPointFormats::UNCOMPRESSED) => {
            Err(FailureReason::IllegalParameter("ec_point_formats"))
        }
        _ => Ok(()),
    }
}

/// The choices of the hellos and the key exchange.
#[derive(Clone, Copy, Debug)]
struct Negotiated {
    suite: &'static CipherSuite,
    randoms: Randoms,
    srtp_profile: Option<u16>,
}

impl Negotiated {
    fn info(&self, group: NamedGroup) -> ConnectedInfo {
        ConnectedInfo {
            version: Version::Dtls12,
            cipher_suite: self.suite.name,
            group: negotiation::group_name(group),
            srtp_profile: self.srtp_profile,
        }
    }

    /// rfc7627 §3: the hash of the messages up to the ClientKeyExchange.
    fn session_hash(&self, context: &Context<'_>) -> Vec<u8> {
        context.transcript.hash_12(context.provider(), self.suite.hash)
    }

    fn master_secret(
        &self,
        context: &Context<'_>,
        pre_master_secret: &Secret,
        session_hash: &[u8],
    ) -> MasterSecret {
        let provider = context.provider();
        let (suite, randoms) = (self.suite, self.randoms);
        let master_secret =
            MasterSecret::extended(provider, suite, randoms, pre_master_secret, session_hash);
        context.log_secret("CLIENT_RANDOM", &randoms.client, master_secret.as_secret());
        master_secret
    }
}
