//! Two sides with data channels, which send, close and open them, hear what nobody said, and have a
//! network between them, all as the input says.
#![no_main]

use bytes::Bytes;
use lariat_base::Reader;
use lariat_fuzz::Fate;
use lariat_fuzz::sctp::{self, Ends};
use lariat_sctp::{ChannelConfig, ChannelId, MessageKind};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut ends = sctp::connected();
    let mut channels = Vec::new();
    let mut reader = Reader::new(input);
    for _ in 0..64 {
        if act(&mut ends, &mut channels, &mut reader).is_none() {
            break;
        }
    }
    for _ in 0..8 {
        ends.turn(&mut || Fate::Deliver);
    }
});

fn act(
    ends: &mut Ends,
    channels: &mut Vec<(usize, ChannelId)>,
    reader: &mut Reader<'_>,
) -> Option<()> {
    let (action, which) = (reader.u8().ok()?, reader.u8().ok()?);
    let (now, side) = (ends.now, usize::from(which % 2));
    let channel = channels.get(usize::from(which) % channels.len().max(1)).copied();
    match (action % 6, channel) {
        (0, _) => ends.turn(&mut || Fate::read(reader)),
        (1, _) => {
            let mut config = ChannelConfig::new("fuzz");
            config.ordered = which & 2 == 0;
            let opened = ends.sides[side].open(now, config);
            channels.extend(opened.map(|channel| (side, channel)));
        }
        (2, Some((side, channel))) => {
            let payload = Bytes::from(vec![0x5a; reader.u16().ok()?.into()]);
            // It may not be open, or be full.
            let _ = ends.sides[side].send(now, channel, MessageKind::Binary, payload);
        }
        (3, Some((side, channel))) => ends.sides[side].close(now, channel),
        (4, _) => {
            let length = reader.u8().ok()?;
            ends.inject(side, reader.take(length.into()).ok()?);
        }
        _ => ends.turn(&mut || Fate::Deliver),
    }
    Some(())
}
