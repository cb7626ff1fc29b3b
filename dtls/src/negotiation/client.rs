//! The client's hello, and the server's choice of a version.

use alloc::vec::Vec;

use crate::context::{Context, expect};
use crate::error::FailureReason;
use crate::event::Version;
use crate::handshake::{HandshakeType, Message};
use crate::limits;
use crate::message::extension::{
    EcPointFormats, ExtendedMasterSecret, RenegotiationInfo, SelectedVersion, SignatureAlgorithms,
    SupportedGroups, SupportedVersions, UseSrtp,
};
use crate::message::{ClientHello, DTLS_1_2, Extensions, HelloVerifyRequest, ServerHello};
use crate::record::Epoch;
use crate::state::State;
use crate::{v12, v13};

/// The hello is sent.
#[derive(Clone, Debug)]
pub(crate) struct ExpectServerHello {
    offer: v13::Offer,
    cookies: u8,
}

impl ExpectServerHello {
    /// Sends a hello that offers everything in the configuration.
    pub(crate) fn start(context: &mut Context<'_>) -> Result<Self, FailureReason> {
        let config = context.config;
        let (speaks_12, speaks_13) =
            (config.speaks(Version::Dtls12), config.speaks(Version::Dtls13));
        let mut extensions = Extensions::default();
        if speaks_12 {
            offer_12(&mut extensions);
        }
        let groups = if speaks_13 { config.groups.clone() } else { v12::groups(config) };
        extensions.push(&SupportedGroups(super::group_code_points(&groups)));
        if speaks_12 {
            extensions.push(&EcPointFormats(alloc::vec![EcPointFormats::UNCOMPRESSED]));
        }
        extensions.push(&SignatureAlgorithms(super::verified_schemes()));
        if !config.srtp_profiles.is_empty() {
            let profiles = config.srtp_profiles.clone();
            extensions.push(&UseSrtp { profiles, mki: Vec::new() });
        }
        super::offer_connection_id(context, &mut extensions);
        let newest = if speaks_13 { Version::Dtls13 } else { Version::Dtls12 };
        extensions.push(&super::record_size_limit(newest));
        if speaks_13 {
            v13::offer(config, context.keys, &mut extensions)?;
        }
        let hello = ClientHello {
            version: DTLS_1_2,
            random: context.rng.array(),
            session_id: Vec::new(),
            cookie: Vec::new(),
            cipher_suites: offered_suites(context),
            compression_methods: alloc::vec![0],
            extensions,
        };
        let typ = HandshakeType::ClientHello;
        let before = context.transcript.mark();
        context.send(Epoch::PLAINTEXT, typ, |out| hello.encode(out))?;
        Ok(Self { offer: v13::Offer { hello, before }, cookies: 0 })
    }

    pub(crate) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        if message.handshake_type == HandshakeType::HelloVerifyRequest {
            return self.handle_cookie(message, context);
        }
        expect(message, HandshakeType::ServerHello)?;
        let server = ServerHello::parse(&message.body)?;
        match self.selected_version(&server)? {
            Version::Dtls13 => {
                // rfc9147 §5.2: nobody who speaks 1.3 asks like that.
                if self.cookies > 0 {
                    return Err(FailureReason::IllegalParameter("selected_version"));
                }
                v13::ServerChoice { offer: self.offer, retried: None }
                    .handle(&server, message, context)
                    .map(State::V13)
            }
            Version::Dtls12 if context.config.speaks(Version::Dtls12) => {
                self.check_downgrade(&server, context)?;
                v12::server_hello(&self.offer.hello, &server, message, context).map(State::V12)
            }
            Version::Dtls12 => Err(FailureReason::NoCommonVersion),
        }
    }

    /// rfc8446 §4.2.1: the extension decides where it is present. A server that answers it without
    /// having been asked is treated like one that answers any other extension so.
    fn selected_version(&self, server: &ServerHello) -> Result<Version, FailureReason> {
        let offered = self.offer.hello.extensions.get::<SupportedVersions>()?;
        match (offered, server.extensions.get::<SelectedVersion>()) {
            (Some(_), Ok(Some(selected))) => {
                if selected.0 == Version::Dtls13.code_point() {
                    Ok(Version::Dtls13)
                } else {
                    Err(FailureReason::IllegalParameter("selected_version"))
                }
            }
            (Some(_), Err(error)) => Err(error.into()),
            _ if server.version == DTLS_1_2 => Ok(Version::Dtls12),
            _ => Err(FailureReason::NoCommonVersion),
        }
    }

    /// rfc8446 §4.1.3: the random is signed, so nobody can have taken this mark away.
    fn check_downgrade(
        &self,
        server: &ServerHello,
        context: &Context<'_>,
    ) -> Result<(), FailureReason> {
        let is_marked = [ServerHello::DOWNGRADE, ServerHello::DOWNGRADE_FURTHER]
            .iter()
            .any(|mark| server.random.ends_with(mark));
        if is_marked && context.config.speaks(Version::Dtls13) {
            return Err(FailureReason::Downgrade);
        }
        Ok(())
    }

    /// rfc6347 §4.2.1: the same hello again, with the cookie; the handshake's hash begins anew with
    /// it.
    fn handle_cookie(
        mut self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        // rfc9147 §5.2: a server that speaks 1.3 asks by a HelloRetryRequest.
        if !context.config.speaks(Version::Dtls12) {
            return Err(FailureReason::NoCommonVersion);
        }
        if self.cookies == limits::COOKIES {
            return Err(FailureReason::UnexpectedMessage);
        }
        self.cookies = self.cookies.saturating_add(1);
        self.offer.hello.cookie = HelloVerifyRequest::parse(&message.body)?.cookie;
        context.transcript.clear();
        self.offer.before = context.transcript.mark();
        let (epoch, typ) = (Epoch::PLAINTEXT, HandshakeType::ClientHello);
        context.send(epoch, typ, |out| self.offer.hello.encode(out))?;
        Ok(State::ServerHello(self))
    }
}

/// What only a server of 1.2 takes up.
fn offer_12(extensions: &mut Extensions) {
    extensions.push(&RenegotiationInfo(Vec::new()));
    extensions.push(&ExtendedMasterSecret);
}

/// The suites of the versions that are spoken, in the configuration's order.
fn offered_suites(context: &Context<'_>) -> Vec<u16> {
    let config = context.config;
    let is_spoken = |code_point: &u16| {
        (config.speaks(Version::Dtls13) && v13::is_cipher_suite(*code_point))
            || (config.speaks(Version::Dtls12) && v12::is_cipher_suite(*code_point))
    };
    config.cipher_suites.iter().copied().filter(is_spoken).collect()
}
