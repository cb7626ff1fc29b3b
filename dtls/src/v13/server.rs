//! The server's side, in protocol order.

use alloc::vec::Vec;

use lariat_crypto::NamedGroup;

use super::key_schedule::{ApplicationSecrets, HandshakeSecrets};
use super::retry::{Retried, Retry};
use super::suite::{self, CipherSuite};
use super::{
    Negotiated, State, install_handshake_keys, install_inbound_application_keys,
    install_outbound_application_keys, receive_certificate, receive_certificate_verify,
    receive_finished, send_certificate, send_finished,
};
use crate::config::Config;
use crate::context::{Context, expect};
use crate::error::FailureReason;
use crate::event::{Role, Version};
use crate::handshake::{HandshakeType, Message};
use crate::message::extension::{
    ClientShares, Cookie, Extension as _, KeyShare, Padding, SelectedVersion, ServerShare,
    SignatureAlgorithms, SupportedGroups,
};
use crate::message::{
    CertificateRequest13, ClientHello, DTLS_1_2, DTLS_1_3, EncryptedExtensions, Extensions,
    ServerHello,
};
use crate::negotiation;
use crate::record::Epoch;

/// Answers a hello for which this version was decided on.
pub(crate) fn client_hello(
    hello: ClientHello,
    message: &Message,
    context: &mut Context<'_>,
) -> Result<State, FailureReason> {
    let choice = Choice::make(&hello, context)?;
    context.transcript.begin_13(context.provider(), choice.suite.hash);
    context.received(message)?;
    match choice.share {
        Some(ref share) => choice.answer(&hello.extensions, share, context),
        None => choice.retry(hello, context),
    }
}

/// Goes on where a [`CookieGate`](crate::CookieGate) has let a client through: with the transcript
/// as it was when the HelloRetryRequest was sent.
pub(crate) fn after_retry(
    retried: &Retried,
    context: &mut Context<'_>,
) -> Result<State, FailureReason> {
    let Retried { retry, first_hash, cookie } = retried;
    let transcript = &mut *context.transcript;
    transcript.begin_13(&*context.config.provider, retry.suite.hash);
    transcript.add(HandshakeType::MessageHash, 0, first_hash)?;
    let mut request = Vec::new();
    retry.request(Some(cookie)).encode(&mut request);
    transcript.add(HandshakeType::ServerHello, 0, &request)?;
    Ok(State::SecondClientHello(ExpectSecondClientHello { first: None, retry: *retry }))
}

/// What we take of a client's offer.
struct Choice {
    client_random: [u8; 32],
    suite: &'static CipherSuite,
    group: NamedGroup,
    /// The client's key of that group, if it sent one.
    share: Option<Vec<u8>>,
    client_schemes: Vec<u16>,
    srtp_profile: Option<u16>,
    content_limit: Option<usize>,
}

impl Choice {
    /// All that can be wrong with a hello is found here: whoever has not got our answer cannot read
    /// an alert under the keys that come with it.
    fn make(hello: &ClientHello, context: &Context<'_>) -> Result<Self, FailureReason> {
        let config = context.config;
        // rfc9147 §5.3
        if !hello.cookie.is_empty() {
            return Err(FailureReason::IllegalParameter("legacy_cookie"));
        }
        // rfc8446 §4.1.2
        if hello.compression_methods != [0] {
            return Err(FailureReason::IllegalParameter("legacy_compression_methods"));
        }
        let suite = suite::configured(config)
            .find(|suite| hello.cipher_suites.contains(&suite.code_point))
            .ok_or(FailureReason::NoCommonCipherSuite)?;
        // rfc8446 §9.2: without a pre-shared key all three must be there.
        let missing = FailureReason::MissingExtension;
        let extensions = &hello.extensions;
        let SignatureAlgorithms(client_schemes) =
            extensions.get()?.ok_or(missing("signature_algorithms"))?;
        let SupportedGroups(groups) = extensions.get()?.ok_or(missing("supported_groups"))?;
        let ClientShares(shares) = extensions.get()?.ok_or(missing("key_share"))?;
        let (group, share) = choose_group(&groups, shares, config)?;
        context.our_scheme(&client_schemes)?;
        let srtp_profile = negotiation::choose_srtp_profile(extensions, config)?;
        let content_limit = negotiation::content_limit(extensions, Version::Dtls13)?;
        Ok(Self {
            client_random: hello.random,
            suite,
            group,
            share,
            client_schemes,
            srtp_profile,
            content_limit,
        })
    }

    /// rfc8446 §4.1.4: there is a group in common, but no key of it.
    fn retry(self, hello: ClientHello, context: &mut Context<'_>) -> Result<State, FailureReason> {
        let Self { suite, group, .. } = self;
        context.transcript.replace_by_hash(context.provider());
        let retry = Retry { suite, group, asks: true };
        let request = retry.request(None);
        let typ = HandshakeType::ServerHello;
        context.send(Epoch::PLAINTEXT, typ, |out| request.encode(out))?;
        Ok(State::SecondClientHello(ExpectSecondClientHello { first: Some(hello), retry }))
    }

    /// Answers with everything up to our Finished.
    fn answer(
        &self,
        offered: &Extensions,
        client_share: &[u8],
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let Self { client_random, suite, group, srtp_profile, .. } = *self;
        let provider = context.provider();
        let (key, shared) = provider
            .respond_key_exchange(group, client_share)
            .map_err(|_| FailureReason::KeyShare)?;
        let mut extensions = Extensions::default();
        extensions.push(&SelectedVersion(DTLS_1_3));
        extensions.push(&ServerShare(KeyShare { group: group.code_point(), key }));
        negotiation::answer_connection_id(offered, context, &mut extensions)?;
        let server = server_hello(context.rng.array(), suite, extensions);
        let typ = HandshakeType::ServerHello;
        context.send(Epoch::PLAINTEXT, typ, |out| server.encode(out))?;
        let hash = context.transcript.hash_13();
        let derivation = suite.derivation(provider);
        let secrets = HandshakeSecrets::derive(derivation, suite, &shared, &hash)?;

        self.send_encrypted_extensions(context)?;
        send_certificate_request(context)?;
        send_certificate(Vec::new(), &self.client_schemes, Role::Server, context)?;
        send_finished(suite, secrets.of(Role::Server), context)?;
        // Not before the last thing that can fail, which is our signature: an alert under keys that
        // the client cannot have would tell it nothing.
        install_handshake_keys(&secrets, &client_random, Role::Server, context)?;
        let application = secrets.application(derivation, &context.transcript.hash_13())?;
        // rfc8446 §A.2: what a server sends after its Finished is under these, alerts included: a
        // client that has it may have forgotten the handshake's keys.
        install_outbound_application_keys(&application, Role::Server, context)?;
        let negotiated = Negotiated { client_random, suite, group, srtp_profile };
        let keys = ServerKeys { negotiated, handshake: secrets, application };
        Ok(State::ClientCertificate(ExpectClientCertificate { keys }))
    }

    fn send_encrypted_extensions(&self, context: &mut Context<'_>) -> Result<(), FailureReason> {
        let mut extensions = Extensions::default();
        negotiation::answer_srtp(self.srtp_profile, &mut extensions);
        if let Some(limit) = self.content_limit {
            context.records.limit_content(limit);
            extensions.push(&negotiation::record_size_limit(Version::Dtls13));
        }
        let message = EncryptedExtensions { extensions };
        let typ = HandshakeType::EncryptedExtensions;
        context.send(Epoch::HANDSHAKE, typ, |out| message.encode(out))
    }
}

/// The first of our groups that the client has sent a key of; else the first that it can do.
///
/// A key that is there is worth more than a better group: the other one costs a round trip.
pub(super) fn choose_group(
    offered: &[u16],
    shares: Vec<KeyShare>,
    config: &Config,
) -> Result<(NamedGroup, Option<Vec<u8>>), FailureReason> {
    // rfc8446 §4.2.8: there are no keys but of groups that are offered.
    if shares.iter().any(|share| !offered.contains(&share.group)) {
        return Err(FailureReason::IllegalParameter("key_share"));
    }
    let common = || config.groups.iter().filter(|group| offered.contains(&group.code_point()));
    let share_of =
        |group: &NamedGroup| shares.iter().find(|share| share.group == group.code_point());
    if let Some((group, share)) = common().find_map(|group| Some((group, share_of(group)?))) {
        return Ok((*group, Some(share.key.clone())));
    }
    let group = common().next().ok_or(FailureReason::NoCommonGroup)?;
    Ok((*group, None))
}

pub(super) fn server_hello(
    random: [u8; 32],
    suite: &CipherSuite,
    extensions: Extensions,
) -> ServerHello {
    ServerHello {
        version: DTLS_1_2,
        random,
        // rfc9147 §5: the client's is not echoed.
        session_id: Vec::new(),
        cipher_suite: suite.code_point,
        compression_method: 0,
        extensions,
    }
}

fn send_certificate_request(context: &mut Context<'_>) -> Result<(), FailureReason> {
    let mut extensions = Extensions::default();
    extensions.push(&SignatureAlgorithms(negotiation::verified_schemes()));
    let request = CertificateRequest13 { context: Vec::new(), extensions };
    let typ = HandshakeType::CertificateRequest;
    context.send(Epoch::HANDSHAKE, typ, |out| request.encode(out))
}

/// The client was asked for another key, or for a cookie.
#[derive(Clone, Debug)]
pub(crate) struct ExpectSecondClientHello {
    /// Not there if a cookie took its place. The client's own Finished covers what it was.
    first: Option<ClientHello>,
    retry: Retry,
}

impl ExpectSecondClientHello {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ClientHello)?;
        let hello = ClientHello::parse(&message.body)?;
        let is_second = match &self.first {
            Some(first) => is_retry_of(&hello, first),
            None => negotiation::choose_version(&hello, context.config)? == Version::Dtls13,
        };
        if !is_second {
            return Err(FailureReason::IllegalParameter("second ClientHello"));
        }
        let choice = Choice::make(&hello, context)?;
        // rfc8446 §4.1.4: the suite is the one of the HelloRetryRequest.
        if choice.suite != self.retry.suite {
            return Err(FailureReason::IllegalParameter("cipher_suites"));
        }
        // rfc8446 §4.2.8: now there is one key, of the group that we asked for, if we asked.
        let shares = hello.extensions.get::<ClientShares>()?.map_or(0, |shares| shares.0.len());
        let Some(share) = choice.share.as_ref().filter(|_| !self.retry.asks || shares == 1) else {
            return Err(FailureReason::IllegalParameter("key_share"));
        };
        if choice.group != self.retry.group {
            return Err(FailureReason::IllegalParameter("key_share"));
        }
        context.received(message)?;
        choice.answer(&hello.extensions, share, context)
    }
}

/// rfc8446 §4.1.2: everything but these extensions is as it was.
fn is_retry_of(hello: &ClientHello, first: &ClientHello) -> bool {
    const PRE_SHARED_KEY: u16 = 41;
    const EARLY_DATA: u16 = 42;
    const CHANGING: [u16; 5] = [
        ClientShares::CODE_POINT,
        Cookie::CODE_POINT,
        Padding::CODE_POINT,
        PRE_SHARED_KEY,
        EARLY_DATA,
    ];
    let kept = |hello: &ClientHello| ClientHello {
        extensions: hello.extensions.without(&CHANGING),
        ..hello.clone()
    };
    kept(hello) == kept(first)
}

/// The secrets, on their way to the end of the handshake.
#[derive(Debug)]
struct ServerKeys {
    negotiated: Negotiated,
    handshake: HandshakeSecrets,
    application: ApplicationSecrets,
}

/// Our flight is sent. The secrets are known, but not with whom they are shared.
#[derive(Debug)]
pub(crate) struct ExpectClientCertificate {
    keys: ServerKeys,
}

impl ExpectClientCertificate {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let client_key = receive_certificate(message, context)?;
        let keys = self.keys;
        Ok(State::ClientCertificateVerify(ExpectClientCertificateVerify { keys, client_key }))
    }
}

/// The client's certificate is the expected one.
#[derive(Debug)]
pub(crate) struct ExpectClientCertificateVerify {
    keys: ServerKeys,
    client_key: Vec<u8>,
}

impl ExpectClientCertificateVerify {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        receive_certificate_verify(message, &self.client_key, Role::Client, context)?;
        Ok(State::ClientFinished(ExpectClientFinished { keys: self.keys }))
    }
}

/// The client holds its certificate's key.
#[derive(Debug)]
pub(crate) struct ExpectClientFinished {
    keys: ServerKeys,
}

impl ExpectClientFinished {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let ServerKeys { negotiated, handshake, application } = self.keys;
        receive_finished(message, negotiated.suite, handshake.of(Role::Client), context)?;
        let random = &negotiated.client_random;
        install_inbound_application_keys(&application, random, Role::Server, context)?;
        Ok(negotiated.established(application))
    }
}
