//! The states of a handshake, before and after its version is decided.

use alloc::boxed::Box;

use crate::context::Context;
use crate::error::FailureReason;
use crate::event::{ConnectedInfo, Role};
use crate::handshake::{HandshakeType, Message};
use crate::negotiation::{ExpectClientHello, ExpectServerHello};
use crate::record::Epoch;
use crate::{v12, v13};

/// What we wait for.
#[derive(Debug)]
pub(crate) enum State {
    /// As client, for the server's choice.
    ServerHello(ExpectServerHello),
    /// As server, for the client's offer.
    ClientHello(ExpectClientHello),
    V12(v12::State),
    V13(v13::State),
    Connected(Box<Established>),
}

/// What a completed handshake leaves.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) info: ConnectedInfo,
    pub(crate) keys: Keys,
}

/// The secrets that outlive the handshake.
#[derive(Debug)]
pub(crate) enum Keys {
    V12(v12::MasterSecret),
    V13(v13::ApplicationSecrets),
}

impl State {
    /// The state before anything came; a client sends its hello.
    pub(crate) fn start(role: Role, context: &mut Context<'_>) -> Result<Self, FailureReason> {
        context.config.check()?;
        match role {
            Role::Client => ExpectServerHello::start(context).map(Self::ServerHello),
            Role::Server => Ok(Self::ClientHello(ExpectClientHello)),
        }
    }

    /// Whether everything is under keys from here on.
    pub(crate) const fn has_keys(&self) -> bool {
        match self {
            Self::ServerHello(_) | Self::ClientHello(_) => false,
            Self::V12(state) => state.has_keys(),
            Self::V13(state) => state.has_keys(),
            Self::Connected(_) => true,
        }
    }

    /// Whether a message of this type can come in this epoch now. What cannot may be anybody's.
    pub(crate) fn accepts(&self, epoch: Epoch, handshake_type: HandshakeType) -> bool {
        match self {
            Self::V13(state) => state.accepts(epoch, handshake_type),
            Self::V12(state) if state.has_keys() => {
                epoch == Epoch::PROTECTED && handshake_type == HandshakeType::Finished
            }
            // In 1.2 only the Finished is sent under the keys of the handshake, and never without
            // them.
            _ if handshake_type == HandshakeType::Finished => epoch == Epoch::PROTECTED,
            _ => epoch == Epoch::PLAINTEXT,
        }
    }

    /// The same state once more, where it waits for something that comes without protection: it may
    /// have to be gone back to.
    pub(crate) fn checkpoint(&self) -> Option<Self> {
        match self {
            Self::ServerHello(state) => Some(Self::ServerHello(state.clone())),
            Self::ClientHello(state) => Some(Self::ClientHello(*state)),
            Self::V12(state) => state.checkpoint().map(Self::V12),
            Self::V13(state) => state.checkpoint().map(Self::V13),
            Self::Connected(_) => None,
        }
    }

    /// Takes the next message.
    pub(crate) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<Self, FailureReason> {
        match self {
            Self::ServerHello(state) => state.handle(message, context),
            Self::ClientHello(state) => state.handle(message, context),
            Self::V12(state) => state.handle(message, context).map(Self::from),
            Self::V13(state) => state.handle(message, context).map(Self::from),
            Self::Connected(_) => Err(FailureReason::UnexpectedMessage),
        }
    }
}

impl From<v12::State> for State {
    fn from(state: v12::State) -> Self {
        match state {
            v12::State::Connected(established) => Self::Connected(established),
            state => Self::V12(state),
        }
    }
}

impl From<v13::State> for State {
    fn from(state: v13::State) -> Self {
        match state {
            v13::State::Connected(established) => Self::Connected(established),
            state => Self::V13(state),
        }
    }
}
