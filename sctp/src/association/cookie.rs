//! The state cookie: all that an INIT leaves behind, kept by the peer (RFC 9260 §5.1.3, §5.1.5).
//!
//! ```text
//! version 1 | created 8 | local tag 4 | local TSN 4 | peer tag 4 | peer TSN 4 | peer window 4
//! | peer streams 2 | peer extensions 1 | tie 8 | ports 4 | HMAC-SHA256 over all before 32
//! ```

use alloc::vec::Vec;

use lariat_base::{Instant, ReadError, Reader, Serial32, Writer};

use super::context::{Context, Local};
use super::state::Peer;
use crate::types::Tag;

const VERSION: u8 = 1;
const MAC_LEN: usize = 32;
/// What a cookie takes on the wire.
#[cfg(test)]
pub(crate) const COOKIE_LEN: usize = 44 + MAC_LEN;

/// What is in a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) created: Instant,
    pub(crate) local: Local,
    pub(crate) peer: Peer,
    /// The tie tag of the association that existed, or 0.
    pub(crate) tie: u64,
}

/// Writes a cookie and signs it.
pub(crate) fn seal(ctx: &Context, cookie: &Cookie) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.u8(VERSION);
    writer.bytes(&cookie.created.as_nanos().to_be_bytes());
    writer.u32(cookie.local.tag.get());
    writer.u32(cookie.local.initial_tsn.get());
    writer.u32(cookie.peer.tag.get());
    writer.u32(cookie.peer.initial_tsn.get());
    writer.u32(cookie.peer.a_rwnd);
    writer.u16(cookie.peer.inbound_streams);
    writer.u8(u8::from(cookie.peer.reconfig));
    writer.bytes(&cookie.tie.to_be_bytes());
    writer.u16(ctx.config.local_port);
    writer.u16(ctx.config.remote_port);
    let mut mac = [0; MAC_LEN];
    ctx.cookie_key.sign(&[&out], &mut mac);
    out.extend_from_slice(&mac);
    out
}

/// Reads a cookie if it is ours.
pub(crate) fn open(ctx: &Context, bytes: &[u8]) -> Option<Cookie> {
    let (signed, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_LEN)?)?;
    // rfc9260 §5.1.5, 2: nothing is read from it before it is authentic.
    ctx.cookie_key.verify(&[signed], mac).ok()?;
    read(ctx, signed).ok().flatten()
}

fn read(ctx: &Context, signed: &[u8]) -> Result<Option<Cookie>, ReadError> {
    let mut reader = Reader::new(signed);
    let version = reader.u8()?;
    let created = Instant::from_nanos(reader.u64()?);
    let (tag, initial_tsn) = (Tag::new(reader.u32()?), Serial32::new(reader.u32()?));
    let (peer_tag, peer_tsn) = (Tag::new(reader.u32()?), Serial32::new(reader.u32()?));
    let a_rwnd = reader.u32()?;
    let inbound_streams = reader.u16()?;
    let reconfig = reader.u8()? != 0;
    let tie = reader.u64()?;
    // rfc9260 §5.1.5, 3: the ports are those of the packet, which were checked against ours.
    let ports = (reader.u16()?, reader.u16()?);
    reader.finish()?;
    let (Some(tag), Some(peer_tag)) = (tag, peer_tag) else { return Ok(None) };
    if version != VERSION || ports != ctx.ports() {
        return Ok(None);
    }
    Ok(Some(Cookie {
        created,
        local: Local { tag, initial_tsn },
        peer: Peer { tag: peer_tag, initial_tsn: peer_tsn, a_rwnd, inbound_streams, reconfig },
        tie,
    }))
}

impl Cookie {
    /// How many microseconds the cookie is past its end, rounded up; `None` if it is still good.
    pub(crate) fn staleness(&self, ctx: &Context, now: Instant) -> Option<u32> {
        let over = (now - self.created).checked_sub(ctx.config.cookie_lifetime)?;
        let micros = over.as_nanos().div_ceil(1_000);
        if micros == 0 { None } else { Some(u32::try_from(micros).unwrap_or(u32::MAX)) }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use lariat_base::Seed;
    use lariat_crypto::ring;

    use super::*;
    use crate::Config;

    fn context(seed: u8) -> Context {
        Context::new(Config::default(), &ring::provider(), &Seed::new([seed; 32]))
    }

    fn cookie(ctx: &Context) -> Cookie {
        Cookie {
            created: Instant::from_millis(5),
            local: ctx.local,
            peer: Peer {
                tag: Tag::new(77).unwrap(),
                initial_tsn: Serial32::new(9),
                a_rwnd: 100_000,
                inbound_streams: 65_535,
                reconfig: true,
            },
            tie: 3,
        }
    }

    #[test]
    fn a_cookie_comes_back_as_it_went() {
        let ctx = context(1);
        let sealed = seal(&ctx, &cookie(&ctx));
        assert_eq!(sealed.len(), COOKIE_LEN);
        // adversarial C6
        assert!(sealed.len() <= 200);
        assert_eq!(open(&ctx, &sealed), Some(cookie(&ctx)));
    }

    // adversarial C5
    #[test]
    fn any_change_to_a_cookie_is_noticed() {
        let ctx = context(1);
        let sealed = seal(&ctx, &cookie(&ctx));
        for bit in 0..sealed.len() * 8 {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&ctx, &forged), None, "{bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(open(&ctx, &sealed[..length]), None, "{length}");
        }
        assert_eq!(open(&context(2), &sealed), None, "another endpoint's key");
    }

    #[test]
    fn staleness_is_in_microseconds_rounded_up() {
        let ctx = context(1);
        let cookie = cookie(&ctx);
        let end = cookie.created + ctx.config.cookie_lifetime;
        assert_eq!(cookie.staleness(&ctx, end), None);
        assert_eq!(cookie.staleness(&ctx, end + Duration::from_nanos(1)), Some(1));
        assert_eq!(cookie.staleness(&ctx, end + Duration::from_micros(7)), Some(7));
    }
}
