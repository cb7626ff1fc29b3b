//! A flight against a model that keeps each byte by itself: what is not acknowledged goes out
//! again, and nothing else does.
//!
//! ```text
//! mtu(1)     beyond the smallest one
//! count(1)   of messages, modulo 8
//! length(2)  of each, modulo 1,500
//! a list of  first(2), count(1): these records are acknowledged
//! ```

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use lariat_base::{ReadError, Reader};

use crate::handshake::{Acknowledged, Flight, Fragment, HandshakeType, Outbox};
use crate::limits;
use crate::record::{Epoch, Record, RecordLayer, RecordNumber};

/// How often a flight goes out in one input.
const TIMES: usize = 40;

/// Runs the target.
pub fn flight(input: &[u8]) {
    // An input that ends does no harm.
    let _ = play(&mut Reader::new(input));
}

fn play(reader: &mut Reader<'_>) -> Result<(), ReadError> {
    let [mtu, count] = reader.take_array()?;
    let mtu = limits::MIN_MTU + usize::from(mtu) * 4;
    let (mut outbox, mut model) = (Outbox::default(), Model::default());
    for seq in 0..=u16::from(count % 8) {
        let length = usize::from(reader.u16()? % 1_500);
        let body = (0..length).map(|at| byte(seq, at)).collect();
        outbox
            .send_after(Epoch::PLAINTEXT, HandshakeType::Certificate, body)
            .expect("a few numbers of messages");
        model.left.insert(seq, Left { bytes: (0..length).collect(), is_left: true });
    }
    let mut flight = outbox.take().expect("there is a message");
    let mut records = RecordLayer::default();
    for _ in 0..TIMES {
        model.sent(&mut flight, &mut records, mtu);
        let (first, count) = (reader.u16()?, reader.u8()?);
        let numbers: Vec<_> = (u64::from(first)..)
            .take(count.into())
            .map(|sequence| RecordNumber { epoch: Epoch::PLAINTEXT, sequence })
            .collect();
        assert_eq!(flight.acknowledge(&numbers), model.acknowledge(&numbers));
    }
    Ok(())
}

fn byte(seq: u16, at: usize) -> u8 {
    u8::try_from((at + usize::from(seq)) % 251).unwrap_or(0)
}

/// What is left, by message.
#[derive(Default)]
struct Model {
    left: BTreeMap<u16, Left>,
    /// Which part of which message was in a record.
    carried: BTreeMap<RecordNumber, (u16, Vec<usize>)>,
}

struct Left {
    bytes: BTreeSet<usize>,
    /// An empty message has no bytes, and is still to arrive.
    is_left: bool,
}

impl Model {
    /// Lets the flight be sent, and looks at what goes out.
    fn sent(&mut self, flight: &mut Flight, records: &mut RecordLayer, mtu: usize) {
        let datagrams = flight.encode(records, mtu).expect("numbers are left");
        let mut sent: BTreeMap<u16, BTreeSet<usize>> = BTreeMap::new();
        for datagram in &datagrams {
            assert!(!datagram.is_empty() && datagram.len() <= mtu);
            let mut reader = Reader::new(datagram);
            while !reader.is_empty() {
                let record = Record::read(&mut reader).expect("whole records");
                let mut content = Reader::new(record.fragment);
                let Fragment { message_seq: seq, offset, body, .. } =
                    Fragment::read(&mut content).expect("whole fragments");
                let offset = usize::try_from(offset).expect("a few hundred bytes");
                let part: Vec<_> = (offset..).take(body.len()).collect();
                assert!(part.iter().zip(body).all(|(at, sent)| byte(seq, *at) == *sent));
                let of_message = sent.entry(seq).or_default();
                assert!(part.iter().all(|at| of_message.insert(*at)), "once at a time");
                let (epoch, sequence) = (Epoch::PLAINTEXT, record.sequence);
                self.carried.insert(RecordNumber { epoch, sequence }, (seq, part));
            }
        }
        while self.carried.len() > limits::CARRIED_RECORDS {
            self.carried.pop_first();
        }
        let left = self.left.iter().filter(|(_, left)| left.is_left);
        let left: BTreeMap<_, _> = left.map(|(seq, left)| (*seq, left.bytes.clone())).collect();
        assert_eq!(sent, left, "what is left is sent, and nothing else");
    }

    fn acknowledge(&mut self, numbers: &[RecordNumber]) -> Acknowledged {
        let mut is_new = false;
        for number in numbers {
            let Some((seq, part)) = self.carried.remove(number) else { continue };
            let Some(left) = self.left.get_mut(&seq).filter(|left| left.is_left) else { continue };
            let before = left.bytes.len();
            left.bytes.retain(|at| !part.contains(at));
            left.is_left = !left.bytes.is_empty();
            is_new |= left.bytes.len() < before || !left.is_left;
        }
        match self.left.values().any(|left| left.is_left) {
            _ if !is_new => Acknowledged::Nothing,
            true => Acknowledged::Part,
            false => Acknowledged::All,
        }
    }
}
