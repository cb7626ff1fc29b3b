//! What is to be sent, kept as meaning until there is a buffer to write it to.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::SocketAddr;

use lariat_base::Tally;
use lariat_stun::{
    Attribute, AttributeType, Class, EncodeError, ErrorCode, IntegrityKey, MessageBuilder, Method,
    TransactionId, UnknownAttributes,
};

use crate::limits::MAX_QUEUED_TRANSMITS;
use crate::role::Claim;
use crate::{Dropped, Role};

/// A message on its way out.
#[derive(Clone, Debug)]
pub(crate) enum Outgoing {
    Check {
        local: SocketAddr,
        remote: SocketAddr,
        id: TransactionId,
        priority: u32,
        claim: Claim,
        use_candidate: bool,
    },
    Success {
        local: SocketAddr,
        remote: SocketAddr,
        id: TransactionId,
    },
    Error {
        local: SocketAddr,
        remote: SocketAddr,
        id: TransactionId,
        refusal: Refusal,
    },
}

/// Why a request is answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadRequest,
    RoleConflict,
    /// With the first attribute that is not understood: one is enough to find out why.
    UnknownAttribute(AttributeType),
}

impl Outgoing {
    pub(crate) const fn addresses(&self) -> (SocketAddr, SocketAddr) {
        match self {
            Self::Check { local, remote, .. }
            | Self::Success { local, remote, .. }
            | Self::Error { local, remote, .. } => (*local, *remote),
        }
    }

    /// Appends the message to `out`. `username` and `remote_key` are for checks, `local_key` is for
    /// responses.
    pub(crate) fn encode(
        &self,
        out: &mut Vec<u8>,
        username: &str,
        remote_key: Option<&IntegrityKey>,
        local_key: &IntegrityKey,
    ) -> Result<(), EncodeError> {
        // rfc8445 §7.2.2, §7.2.4 and §7.3: short-term credentials and FINGERPRINT, in both
        // directions.
        match self {
            Self::Check { id, priority, claim, use_candidate, .. } => {
                let mut check = MessageBuilder::new(Class::Request, Method::BINDING, *id)
                    .attribute(Attribute::Username(username))
                    .attribute(Attribute::Priority(*priority))
                    .attribute(match claim.role {
                        Role::Controlling => Attribute::IceControlling(claim.tie_breaker),
                        Role::Controlled => Attribute::IceControlled(claim.tie_breaker),
                    });
                if *use_candidate {
                    check = check.attribute(Attribute::UseCandidate);
                }
                check.encode(out, remote_key, true)
            }
            Self::Success { remote, id, .. } => {
                MessageBuilder::new(Class::Success, Method::BINDING, *id)
                    .attribute(Attribute::XorMappedAddress(*remote))
                    .encode(out, Some(local_key), true)
            }
            Self::Error { id, refusal, .. } => {
                let response = MessageBuilder::new(Class::Error, Method::BINDING, *id);
                let unknown;
                let response = match refusal {
                    Refusal::BadRequest => {
                        response.attribute(Attribute::ErrorCode(ErrorCode::BAD_REQUEST))
                    }
                    Refusal::RoleConflict => {
                        response.attribute(Attribute::ErrorCode(ErrorCode::ROLE_CONFLICT))
                    }
                    Refusal::UnknownAttribute(attribute) => {
                        unknown = [*attribute];
                        response
                            .attribute(Attribute::ErrorCode(ErrorCode::UNKNOWN_ATTRIBUTE))
                            .attribute(Attribute::UnknownAttributes(UnknownAttributes::of(
                                &unknown,
                            )))
                    }
                };
                response.encode(out, Some(local_key), true)
            }
        }
    }
}

/// The queue of them.
#[derive(Debug, Default)]
pub(crate) struct Outbox(VecDeque<Outgoing>);

impl Outbox {
    /// Queues a message; if there are too many, it counts as lost on the way.
    pub(crate) fn push(&mut self, message: Outgoing, dropped: &mut Tally<Dropped>) {
        if self.0.len() < MAX_QUEUED_TRANSMITS {
            self.0.push_back(message);
        } else {
            dropped.add(Dropped::QueueFull);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Outgoing> {
        self.0.pop_front()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Forgets what was to leave from an address that is gone.
    pub(crate) fn forget_local(&mut self, address: SocketAddr) {
        self.0.retain(|message| message.addresses().0 != address);
    }

    /// Forgets the checks that have not left yet.
    pub(crate) fn cancel_checks(&mut self) {
        self.0.retain(|message| !matches!(message, Outgoing::Check { .. }));
    }
}
