//! Agreeing on connection identifiers (RFC 9146 §3), which is the same in both versions.

use super::limits;
use crate::config::Config;
use crate::connection_id::ConnectionId;
use crate::context::Context;
use crate::error::FailureReason;
use crate::message::Extensions;
use crate::record::ConnectionIds;

/// As client: offers to take identifiers, and to send them.
pub(crate) fn offer_connection_id(context: &mut Context<'_>, hello: &mut Extensions) {
    if let Some(ours) = &context.config.connection_id {
        hello.push(ours);
        // The answer may come behind the first record that bears it.
        context.records.cids = ConnectionIds::agreed(ours.clone(), ConnectionId::default());
    }
}

/// As server: takes up the client's offer, if there is one and we want to.
pub(crate) fn answer_connection_id(
    hello: &Extensions,
    context: &mut Context<'_>,
    answer: &mut Extensions,
) -> Result<(), FailureReason> {
    let Some(theirs) = hello.get::<ConnectionId>()? else { return Ok(()) };
    let Some(ours) = &context.config.connection_id else { return Ok(()) };
    if theirs.len() <= longest_connection_id(context.config) {
        answer.push(ours);
        context.records.cids = ConnectionIds::agreed(ours.clone(), theirs);
    }
    Ok(())
}

/// As client: rfc9146 §3: without an answer, records are as they ever were.
pub(crate) fn accept_connection_id(
    answer: &Extensions,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    context.records.cids = match (answer.get::<ConnectionId>()?, &context.config.connection_id) {
        (Some(theirs), Some(ours)) => {
            if theirs.len() > longest_connection_id(context.config) {
                return Err(FailureReason::IllegalParameter("connection_id"));
            }
            ConnectionIds::agreed(ours.clone(), theirs)
        }
        // An answer without an offer was refused before.
        _ => ConnectionIds::default(),
    };
    Ok(())
}

/// The longest identifier that our records can bear and still carry something.
pub(crate) fn longest_connection_id(config: &Config) -> usize {
    config.mtu.max(limits::MIN_MTU).saturating_sub(limits::CONNECTION_ID_ROOM)
}
