//! Packets written and read by hand, independently of the crate.

/// CRC32c, bit by bit.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}

/// A packet between ports 5000.
pub(crate) fn packet(tag: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0x13, 0x88, 0x13, 0x88];
    out.extend(tag.to_be_bytes());
    out.extend([0; 4]);
    for chunk in chunks {
        out.extend(chunk);
    }
    sealed(out)
}

/// The same packet with the right checksum.
pub(crate) fn sealed(mut packet: Vec<u8>) -> Vec<u8> {
    packet[8..12].fill(0);
    let crc = crc32c(&packet).to_le_bytes();
    packet[8..12].copy_from_slice(&crc);
    packet
}

pub(crate) fn chunk(kind: u8, flags: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, flags];
    out.extend(u16::try_from(value.len() + 4).unwrap().to_be_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

pub(crate) fn parameter(typ: u16, value: &[u8]) -> Vec<u8> {
    let mut out = typ.to_be_bytes().to_vec();
    out.extend(u16::try_from(value.len() + 4).unwrap().to_be_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

#[derive(Clone, Copy)]
pub(crate) struct Init {
    pub(crate) tag: u32,
    pub(crate) window: u32,
    pub(crate) outbound: u16,
    pub(crate) inbound: u16,
    pub(crate) tsn: u32,
}

impl Init {
    pub(crate) const PLAIN: Self =
        Self { tag: 0x1111_1111, window: 1 << 20, outbound: 65_535, inbound: 65_535, tsn: 1_000 };

    pub(crate) fn value(&self, parameters: &[u8]) -> Vec<u8> {
        let mut value = self.tag.to_be_bytes().to_vec();
        value.extend(self.window.to_be_bytes());
        value.extend(self.outbound.to_be_bytes());
        value.extend(self.inbound.to_be_bytes());
        value.extend(self.tsn.to_be_bytes());
        value.extend(parameters);
        value
    }

    pub(crate) fn packet(&self, parameters: &[u8]) -> Vec<u8> {
        packet(0, &[chunk(1, 0, &self.value(parameters))])
    }
}

pub(crate) fn data(
    flags: u8,
    tsn: u32,
    stream: u16,
    ssn: u16,
    ppid: u32,
    payload: &[u8],
) -> Vec<u8> {
    let mut value = tsn.to_be_bytes().to_vec();
    value.extend(stream.to_be_bytes());
    value.extend(ssn.to_be_bytes());
    value.extend(ppid.to_be_bytes());
    value.extend(payload);
    chunk(0, flags, &value)
}

pub(crate) fn sack(cumulative: u32, window: u32, gaps: &[(u16, u16)]) -> Vec<u8> {
    let mut value = cumulative.to_be_bytes().to_vec();
    value.extend(window.to_be_bytes());
    value.extend(u16::try_from(gaps.len()).unwrap().to_be_bytes());
    value.extend([0, 0]);
    for (start, end) in gaps {
        value.extend(start.to_be_bytes());
        value.extend(end.to_be_bytes());
    }
    chunk(3, 0, &value)
}

/// A reset request for streams of the sender's.
pub(crate) fn reset(sequence: u32, last_tsn: u32, streams: &[u16]) -> Vec<u8> {
    let mut value = sequence.to_be_bytes().to_vec();
    value.extend([0; 4]);
    value.extend(last_tsn.to_be_bytes());
    for stream in streams {
        value.extend(stream.to_be_bytes());
    }
    chunk(130, 0, &parameter(13, &value))
}

pub(crate) fn reset_response(sequence: u32, result: u32) -> Vec<u8> {
    chunk(130, 0, &parameter(16, &[sequence.to_be_bytes(), result.to_be_bytes()].concat()))
}

/// The chunks of a packet: type, flags, value.
pub(crate) fn chunks(packet: &[u8]) -> Vec<(u8, u8, Vec<u8>)> {
    let mut rest = &packet[12..];
    let mut chunks = Vec::new();
    while rest.len() >= 4 {
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        chunks.push((rest[0], rest[1], rest[4..length].to_vec()));
        rest = &rest[length.next_multiple_of(4).min(rest.len())..];
    }
    chunks
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub(crate) fn tag_of(packet: &[u8]) -> u32 {
    u32_at(packet, 4)
}

/// The kinds of chunks of a packet.
pub(crate) fn kinds(packet: &[u8]) -> Vec<u8> {
    chunks(packet).into_iter().map(|chunk| chunk.0).collect()
}

/// The sequence number and the streams of a reset request in a RE-CONFIG chunk.
pub(crate) fn reset_request(value: &[u8]) -> Option<(u32, Vec<u16>)> {
    if value[..2] != [0, 13] {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([value[2], value[3]]));
    let streams = value[16..length].chunks(2);
    let streams = streams.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    Some((u32_at(value, 4), streams))
}

/// What the last SACK among chunks says: cumulative TSN, window, how many gap blocks and
/// duplicates.
pub(crate) fn last_sack(sent: &[(u8, u8, Vec<u8>)]) -> Option<(u32, u32, u16, u16)> {
    let value = &sent.iter().rev().find(|chunk| chunk.0 == 3)?.2;
    let count = |at: usize| u16::from_be_bytes([value[at], value[at + 1]]);
    Some((u32_at(value, 0), u32_at(value, 4), count(8), count(10)))
}
