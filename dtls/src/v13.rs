//! The handshake of DTLS 1.3, as states that consume themselves.
//!
//! ```text
//! client                                            server
//! ClientHello                 ------ flight 1 ----->
//!                             <----- flight 2 ------  HelloRetryRequest (if no key share fits, or
//!                                                     with a cookie)
//! ClientHello                 ------ flight 3 ----->
//!                                                     ServerHello,
//!                                                     {EncryptedExtensions, CertificateRequest,
//!                             <----- flight 4 ------  Certificate, CertificateVerify, Finished}
//! {Certificate, CertificateVerify,
//! Finished}, [data]           ------ flight 5 ----->
//!                             <---------------------  [ACK], [data]
//! ```
//!
//! What is in braces is under the keys of the handshake (epoch 2), what is in brackets under those
//! of the application (epoch 3). A client may send data with its last flight, one round trip after
//! its hello; a server sends none before the client has shown who it is.
//!
//! Every flight but the client's last one is answered by another one and so needs no
//! acknowledgement; see [`ack`] for when there is one all the same.

pub(crate) mod ack;
mod client;
mod connection_id_messages;
mod key_schedule;
mod post_handshake;
mod retry;
mod server;
mod suite;

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::{NamedGroup, SignatureScheme};

pub(crate) use client::{Offer, ServerChoice, offer};
pub(crate) use key_schedule::ApplicationSecrets;
pub(crate) use post_handshake::{PeerWants, PostHandshake};
pub(crate) use retry::{Retried, Retry};
pub(crate) use server::{after_retry, client_hello};
pub(crate) use suite::{cipher_suites, is_cipher_suite};

use crate::certificate;
use crate::context::{Context, expect};
use crate::error::FailureReason;
use crate::event::{ConnectedInfo, Role, Version};
use crate::handshake::{HandshakeType, Message};
use crate::message::{CertificateMessage13, CertificateVerify, Extensions, Finished};
use crate::negotiation;
use crate::record::Epoch;
use crate::state::{Established, Keys};
use key_schedule::{HandshakeSecrets, TrafficSecret};
use suite::CipherSuite;

/// What we wait for once the hellos have decided for this version, in protocol order: first as
/// client, then as server.
#[derive(Debug)]
pub(crate) enum State {
    ServerHello(ServerChoice),
    EncryptedExtensions(client::ExpectEncryptedExtensions),
    CertificateRequest(client::ExpectCertificateRequest),
    ServerCertificate(client::ExpectServerCertificate),
    ServerCertificateVerify(client::ExpectServerCertificateVerify),
    ServerFinished(client::ExpectServerFinished),
    SecondClientHello(server::ExpectSecondClientHello),
    ClientCertificate(server::ExpectClientCertificate),
    ClientCertificateVerify(server::ExpectClientCertificateVerify),
    ClientFinished(server::ExpectClientFinished),
    Connected(Box<Established>),
}

impl State {
    /// Whether everything is under keys from here on.
    pub(crate) const fn has_keys(&self) -> bool {
        !matches!(self, Self::ServerHello(_) | Self::SecondClientHello(_))
    }

    /// Whether a message of this type can come in this epoch now.
    ///
    /// rfc9147 §6.1: the hellos are in the clear, everything else is under the handshake's keys.
    pub(crate) fn accepts(&self, epoch: Epoch, handshake_type: HandshakeType) -> bool {
        match self {
            Self::ServerHello(_) => {
                epoch == Epoch::PLAINTEXT && handshake_type == HandshakeType::ServerHello
            }
            Self::SecondClientHello(_) => {
                epoch == Epoch::PLAINTEXT && handshake_type == HandshakeType::ClientHello
            }
            _ => epoch == Epoch::HANDSHAKE,
        }
    }

    /// The same state once more, where it waits for something that comes without protection.
    pub(crate) fn checkpoint(&self) -> Option<Self> {
        match self {
            Self::ServerHello(state) => Some(Self::ServerHello(state.clone())),
            Self::SecondClientHello(state) => Some(Self::SecondClientHello(state.clone())),
            _ => None,
        }
    }

    /// Takes the next message.
    pub(crate) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<Self, FailureReason> {
        match self {
            Self::ServerHello(state) => state.handle_message(message, context),
            Self::EncryptedExtensions(state) => state.handle(message, context),
            Self::CertificateRequest(state) => state.handle(message, context),
            Self::ServerCertificate(state) => state.handle(message, context),
            Self::ServerCertificateVerify(state) => state.handle(message, context),
            Self::ServerFinished(state) => state.handle(message, context),
            Self::SecondClientHello(state) => state.handle(message, context),
            Self::ClientCertificate(state) => state.handle(message, context),
            Self::ClientCertificateVerify(state) => state.handle(message, context),
            Self::ClientFinished(state) => state.handle(message, context),
            Self::Connected(_) => Err(FailureReason::UnexpectedMessage),
        }
    }
}

/// The choices of the hellos.
#[derive(Clone, Copy, Debug)]
struct Negotiated {
    client_random: [u8; 32],
    suite: &'static CipherSuite,
    group: NamedGroup,
    srtp_profile: Option<u16>,
}

impl Negotiated {
    fn established(self, secrets: ApplicationSecrets) -> State {
        let info = ConnectedInfo {
            version: Version::Dtls13,
            cipher_suite: self.suite.name,
            group: negotiation::group_name(self.group),
            srtp_profile: self.srtp_profile,
        };
        State::Connected(Box::new(Established { info, keys: Keys::V13(secrets) }))
    }
}

/// From here on handshake messages are protected, in both directions.
fn install_handshake_keys(
    secrets: &HandshakeSecrets,
    client_random: &[u8; 32],
    ours: Role,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    let log = |label, sender| {
        context.log_secret(label, client_random, secrets.of(sender).as_secret());
    };
    log("CLIENT_HANDSHAKE_TRAFFIC_SECRET", Role::Client);
    log("SERVER_HANDSHAKE_TRAFFIC_SECRET", Role::Server);
    let outbound = secrets.of(ours).protection(context.provider())?;
    let inbound = secrets.of(ours.peer()).protection(context.provider())?;
    context.records.install_outbound(Epoch::HANDSHAKE, outbound);
    context.records.install_inbound(Epoch::HANDSHAKE, inbound);
    Ok(())
}

/// From here on what we send is under the keys of application data.
fn install_outbound_application_keys(
    secrets: &ApplicationSecrets,
    ours: Role,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    let outbound = secrets.protection(context.provider(), ours)?;
    context.records.install_outbound(Epoch::APPLICATION, outbound);
    Ok(())
}

/// From here on there is application data of the peer.
fn install_inbound_application_keys(
    secrets: &ApplicationSecrets,
    client_random: &[u8; 32],
    ours: Role,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    let log = |label, secret| context.log_secret(label, client_random, secret);
    log("CLIENT_TRAFFIC_SECRET_0", secrets.of(Role::Client));
    log("SERVER_TRAFFIC_SECRET_0", secrets.of(Role::Server));
    log("EXPORTER_SECRET", secrets.exporter());
    let inbound = secrets.protection(context.provider(), ours.peer())?;
    context.records.install_inbound(Epoch::APPLICATION, inbound);
    Ok(())
}

/// Sends our certificate and the proof that its key is ours.
///
/// rfc8446 §4.4.2: the context is the one of the request.
fn send_certificate(
    request_context: Vec<u8>,
    peer_schemes: &[u16],
    sender: Role,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    let scheme = context.our_scheme(peer_schemes)?.code_point();
    let chain = context.config.certificate.chain();
    let chain = chain.map(|der| (der.to_vec(), Extensions::default())).collect();
    let certificate = CertificateMessage13 { context: request_context, chain };
    let typ = HandshakeType::Certificate;
    context.send(Epoch::HANDSHAKE, typ, |out| certificate.encode(out))?;
    let signed = CertificateVerify::signed_bytes(sender, &context.transcript.hash_13());
    let verify = CertificateVerify { scheme, signature: context.sign(&signed)? };
    let typ = HandshakeType::CertificateVerify;
    context.send(Epoch::HANDSHAKE, typ, |out| verify.encode(out))
}

/// The public key of the peer's certificate, if that is the expected one. During the handshake the
/// context of a Certificate is empty, because that of our requests is.
fn receive_certificate(
    message: &Message,
    context: &mut Context<'_>,
) -> Result<Vec<u8>, FailureReason> {
    expect(message, HandshakeType::Certificate)?;
    let certificate = CertificateMessage13::parse(&message.body)?;
    if !certificate.context.is_empty() {
        return Err(FailureReason::IllegalParameter("certificate_request_context"));
    }
    // We offer nothing that an extension of a certificate could answer.
    let mut extensions = certificate.chain.iter().flat_map(|(_, list)| list.code_points());
    if let Some(code_point) = extensions.next() {
        return Err(FailureReason::UnsolicitedExtension(code_point));
    }
    let key = context.check_certificate(certificate.chain.first().map(|(leaf, _)| &leaf[..]))?;
    context.received(message)?;
    Ok(key)
}

/// That the peer holds the key of its certificate.
fn receive_certificate_verify(
    message: &Message,
    peer_key: &[u8],
    sender: Role,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    expect(message, HandshakeType::CertificateVerify)?;
    let verify = CertificateVerify::parse(&message.body)?;
    let scheme = negotiation::scheme_from_code_point(verify.scheme)?;
    // rfc8446 §4.2.3: unlike in 1.2 a scheme means one curve, and PKCS #1 is for certificates only.
    if scheme == SignatureScheme::RsaPkcs1Sha256 || !certificate::is_key_of(peer_key, scheme) {
        return Err(FailureReason::IllegalParameter("signature scheme"));
    }
    let signed = CertificateVerify::signed_bytes(sender, &context.transcript.hash_13());
    context
        .provider()
        .verify(scheme, peer_key, &signed, &verify.signature)
        .map_err(|_| FailureReason::Signature)?;
    context.received(message)
}

fn send_finished(
    suite: &CipherSuite,
    secret: &TrafficSecret,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    let hash = context.transcript.hash_13();
    let verify_data = secret.finished(suite.derivation(context.provider()), &hash)?;
    let typ = HandshakeType::Finished;
    context.send(Epoch::HANDSHAKE, typ, |out| Finished { verify_data }.encode(out))
}

/// Reads and checks the peer's Finished, and adds it to the transcript.
fn receive_finished(
    message: &Message,
    suite: &CipherSuite,
    secret: &TrafficSecret,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    expect(message, HandshakeType::Finished)?;
    let finished = Finished::parse(&message.body, suite.hash.digest_len())?;
    let hash = context.transcript.hash_13();
    let derivation = suite.derivation(context.provider());
    secret.verify_finished(derivation, &hash, &finished.verify_data)?;
    context.received(message)
}
