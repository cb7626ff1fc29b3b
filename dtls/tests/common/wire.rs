//! Taking datagrams apart and putting them together, with no help of the crate under test.

pub const CHANGE_CIPHER_SPEC: u8 = 20;
pub const ALERT: u8 = 21;
pub const HANDSHAKE: u8 = 22;
pub const APPLICATION_DATA: u8 = 23;
pub const ACK: u8 = 26;

pub const CLIENT_HELLO: u8 = 1;
pub const SERVER_HELLO: u8 = 2;
pub const CERTIFICATE: u8 = 11;
pub const SERVER_KEY_EXCHANGE: u8 = 12;
pub const CERTIFICATE_REQUEST: u8 = 13;
pub const CERTIFICATE_VERIFY: u8 = 15;
pub const CLIENT_KEY_EXCHANGE: u8 = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub content_type: u8,
    pub version: u16,
    pub epoch: u16,
    pub sequence: u64,
    pub content: Vec<u8>,
}

impl Record {
    pub fn plain(content_type: u8, sequence: u64, content: &[u8]) -> Self {
        Self { content_type, version: 0xfefd, epoch: 0, sequence, content: content.to_vec() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = vec![self.content_type];
        out.extend(self.version.to_be_bytes());
        out.extend(self.epoch.to_be_bytes());
        out.extend(&self.sequence.to_be_bytes()[2..]);
        out.extend(u16::try_from(self.content.len()).unwrap().to_be_bytes());
        out.extend(&self.content);
        out
    }
}

/// The records of a datagram that have the header of 1.2, which in 1.3 are those in plaintext.
pub fn records(datagram: &[u8]) -> Vec<Record> {
    split(datagram).into_iter().filter_map(Result::ok).collect()
}

/// The protected records of 1.3 in a datagram, as they are.
pub fn ciphertexts(datagram: &[u8]) -> Vec<Vec<u8>> {
    split(datagram).into_iter().filter_map(Result::err).collect()
}

fn split(mut datagram: &[u8]) -> Vec<Result<Record, Vec<u8>>> {
    let mut all = Vec::new();
    while !datagram.is_empty() {
        // Ours all have a number of 16 bits and a length.
        if datagram[0] & 0xfc == 0x2c {
            let length = 5 + usize::from(u16::from_be_bytes([datagram[3], datagram[4]]));
            all.push(Err(datagram[..length].to_vec()));
            datagram = &datagram[length..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes([datagram[11], datagram[12]]));
        let mut sequence = [0; 8];
        sequence[2..].copy_from_slice(&datagram[5..11]);
        all.push(Ok(Record {
            content_type: datagram[0],
            version: u16::from_be_bytes([datagram[1], datagram[2]]),
            epoch: u16::from_be_bytes([datagram[3], datagram[4]]),
            sequence: u64::from_be_bytes(sequence),
            content: datagram[13..13 + length].to_vec(),
        }));
        datagram = &datagram[13 + length..];
    }
    all
}

/// A piece of a handshake message, or all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    pub typ: u8,
    pub length: u32,
    pub seq: u16,
    pub offset: u32,
    pub body: Vec<u8>,
}

impl Fragment {
    pub fn whole(typ: u8, seq: u16, body: &[u8]) -> Self {
        let length = u32::try_from(body.len()).unwrap();
        Self { typ, length, seq, offset: 0, body: body.to_vec() }
    }

    pub fn part(&self, offset: usize, length: usize) -> Self {
        let body = self.body[offset..offset + length].to_vec();
        Self { offset: u32::try_from(offset).unwrap(), body, ..self.clone() }
    }

    pub fn parse(bytes: &[u8]) -> Self {
        let u24 = |at: usize| u32::from_be_bytes([0, bytes[at], bytes[at + 1], bytes[at + 2]]);
        Self {
            typ: bytes[0],
            length: u24(1),
            seq: u16::from_be_bytes([bytes[4], bytes[5]]),
            offset: u24(6),
            body: bytes[12..].to_vec(),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = vec![self.typ];
        out.extend(&self.length.to_be_bytes()[1..]);
        out.extend(self.seq.to_be_bytes());
        out.extend(&self.offset.to_be_bytes()[1..]);
        out.extend(&u32::try_from(self.body.len()).unwrap().to_be_bytes()[1..]);
        out.extend(&self.body);
        out
    }

    /// In a record and a datagram of its own.
    pub fn datagram(&self, sequence: u64) -> Vec<u8> {
        Record::plain(HANDSHAKE, sequence, &self.bytes()).bytes()
    }
}

/// Shows every whole message in plaintext to `change`, which may edit it or, with `false`, leave it
/// out. A part of a message does not get through.
pub fn rewrite(datagram: &[u8], mut change: impl FnMut(&mut Fragment) -> bool) -> Vec<u8> {
    let mut out = Vec::new();
    for record in split(datagram) {
        let mut record = match record {
            Ok(record) => record,
            Err(ciphertext) => {
                out.extend(ciphertext);
                continue;
            }
        };
        if record.content_type == HANDSHAKE && record.epoch == 0 {
            let mut message = Fragment::parse(&record.content);
            let is_whole = usize::try_from(message.length).unwrap() == message.body.len();
            if !is_whole || !change(&mut message) {
                continue;
            }
            message.length = u32::try_from(message.body.len()).unwrap();
            record.content = message.bytes();
        }
        out.extend(record.bytes());
    }
    out
}

/// A hello, taken apart as far as its extensions.
#[derive(Clone, Debug)]
pub struct Hello {
    /// Everything before the extensions.
    pub head: Vec<u8>,
    pub extensions: Vec<(u16, Vec<u8>)>,
}

impl Hello {
    /// A client's, with the least that a server of ours accepts.
    pub fn minimal() -> Self {
        Self {
            head: Self::head(0xfefd, &[0xc02b]),
            extensions: vec![
                (10, vec![0, 2, 0, 29]),
                (13, vec![0, 2, 4, 3]),
                (23, vec![]),
                (0xff01, vec![0]),
            ],
        }
    }

    pub fn head(version: u16, suites: &[u16]) -> Vec<u8> {
        let mut head = version.to_be_bytes().to_vec();
        head.extend([0x55; 32]);
        head.extend([0, 0]);
        head.extend(u16::try_from(2 * suites.len()).unwrap().to_be_bytes());
        head.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
        head.extend([1, 0]);
        head
    }

    pub fn parse(typ: u8, body: &[u8]) -> Self {
        let session = 35 + usize::from(body[34]);
        let head = if typ == SERVER_HELLO {
            session + 3
        } else {
            let cookie = session + 1 + usize::from(body[session]);
            let suites = usize::from(u16::from_be_bytes([body[cookie], body[cookie + 1]]));
            let methods = cookie + 2 + suites;
            methods + 1 + usize::from(body[methods])
        };
        let mut extensions = Vec::new();
        let mut rest = &body[head + 2..];
        while !rest.is_empty() {
            let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
            extensions.push((u16::from_be_bytes([rest[0], rest[1]]), rest[4..4 + length].to_vec()));
            rest = &rest[4 + length..];
        }
        Self { head: body[..head].to_vec(), extensions }
    }

    pub fn set(&mut self, code_point: u16, data: &[u8]) {
        self.remove(code_point);
        self.extensions.push((code_point, data.to_vec()));
    }

    pub fn remove(&mut self, code_point: u16) {
        self.extensions.retain(|(other, _)| *other != code_point);
    }

    pub fn body(&self) -> Vec<u8> {
        let mut block = Vec::new();
        for (code_point, data) in &self.extensions {
            block.extend(code_point.to_be_bytes());
            block.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            block.extend(data);
        }
        let mut out = self.head.clone();
        out.extend(u16::try_from(block.len()).unwrap().to_be_bytes());
        out.extend(block);
        out
    }

    pub fn message(&self) -> Fragment {
        Fragment::whole(CLIENT_HELLO, 0, &self.body())
    }
}
