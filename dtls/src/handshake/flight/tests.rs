use lariat_base::Reader;
use proptest::prelude::*;

use super::*;
use crate::handshake::Reassembly;
use crate::record::Record;

fn flight(lengths: &[usize]) -> Flight {
    let (mut outbox, mut transcript) = (Outbox::default(), Transcript::default());
    for (index, length) in lengths.iter().enumerate() {
        let body = alloc::vec![u8::try_from(index).unwrap(); *length];
        let typ = HandshakeType::Certificate;
        outbox.send(Epoch::PLAINTEXT, typ, body, &mut transcript).unwrap();
        outbox.change_cipher_spec();
    }
    outbox.take().unwrap()
}

/// The numbers of the records with handshake messages, each with the bytes it carries.
fn records(datagrams: &[Vec<u8>]) -> Vec<(RecordNumber, u16, Range<u32>)> {
    let mut found = Vec::new();
    for datagram in datagrams {
        let mut reader = Reader::new(datagram);
        while !reader.is_empty() {
            let record = Record::read(&mut reader).unwrap();
            if record.content_type == ContentType::Handshake.code_point() {
                let fragment = Fragment::read(&mut Reader::new(record.fragment)).unwrap();
                let number = RecordNumber { epoch: Epoch::PLAINTEXT, sequence: record.sequence };
                let end = fragment.offset + u32::try_from(fragment.body.len()).unwrap();
                found.push((number, fragment.message_seq, fragment.offset..end));
            }
        }
    }
    found
}

#[test]
fn what_is_acknowledged_is_not_sent_again() {
    // rfc9147 §7.2
    let mut layer = RecordLayer::default();
    let mut flight = flight(&[600, 0, 40]);
    let first = records(&flight.encode(&mut layer, 256).unwrap());
    let pieces: Vec<_> = first.iter().map(|(_, seq, range)| (*seq, range.clone())).collect();
    assert_eq!(pieces.len(), 5, "{pieces:?}");
    assert!(!flight.is_acknowledged_in_part());
    // The middle of the first message, and the empty one.
    let acknowledged = [first[1].0, first[3].0];
    assert_eq!(flight.acknowledge(&acknowledged), Acknowledged::Part);
    assert!(flight.is_acknowledged_in_part());
    assert_eq!(flight.acknowledge(&acknowledged), Acknowledged::Nothing);
    let second = records(&flight.encode(&mut layer, 1_200).unwrap());
    let again: Vec<_> = second.iter().map(|(_, seq, range)| (*seq, range.clone())).collect();
    assert_eq!(again, [pieces[0].clone(), pieces[2].clone(), pieces[4].clone()]);
    // A record of either transmission will do.
    assert_eq!(flight.acknowledge(&[first[0].0, second[1].0]), Acknowledged::Part);
    assert_eq!(flight.acknowledge(&[second[2].0]), Acknowledged::All);
    assert!(records(&flight.encode(&mut layer, 1_200).unwrap()).is_empty());
}

#[test]
fn what_is_sent_again_is_in_the_datagrams_that_it_was_in() {
    let lengths = [600, 0, 40, 300];
    let count = flight(&lengths).encode(&mut RecordLayer::default(), 256).unwrap().len();
    assert!(count > 4, "{count}");
    for lost in 0..count {
        let (mut layer, mut flight) = (RecordLayer::default(), flight(&lengths));
        let mut datagrams = flight.encode(&mut layer, 256).unwrap();
        let parts = |datagram: &Vec<u8>| -> Vec<_> {
            let records = records(core::slice::from_ref(datagram)).into_iter();
            records.map(|(_, seq, range)| (seq, range)).collect()
        };
        let before = parts(&datagrams.remove(lost));
        let arrived: Vec<_> = records(&datagrams).iter().map(|(number, ..)| *number).collect();
        flight.acknowledge(&arrived);
        let again = flight.encode(&mut layer, 1_200).unwrap();
        let again: Vec<_> = again.iter().map(parts).filter(|parts| !parts.is_empty()).collect();
        assert_eq!(again, [before], "{lost}");
    }
}

#[test]
fn fragments_become_smaller_with_the_datagrams() {
    let (mut layer, mut flight) = (RecordLayer::default(), flight(&[1_000]));
    for (mtu, count) in [(1_200, 1), (600, 2), (256, 5), (600, 5)] {
        let datagrams = flight.encode(&mut layer, mtu).unwrap();
        assert!(datagrams.iter().all(|datagram| datagram.len() <= mtu));
        assert_eq!(datagrams.len(), count, "{mtu}");
    }
}

#[test]
fn a_protected_record_that_arrived_speaks_for_what_made_its_keys() {
    let mut flight = flight(&[100, 100]);
    flight.encode(&mut RecordLayer::default(), 1_200).unwrap();
    let Some(Item::Handshake(second)) = flight.items.get_mut(2) else { panic!("a message") };
    second.epoch = Epoch::HANDSHAKE;
    let number = RecordNumber { epoch: Epoch::HANDSHAKE, sequence: 0 };
    flight.carried.insert(number, (2, 0..50));
    assert_eq!(flight.acknowledge(&[number]), Acknowledged::Part);
    let left = flight.items.iter().filter_map(|item| match item {
        Item::Handshake(message) => Some(message.left.iter().collect::<Vec<_>>()),
        Item::ChangeCipherSpec => None,
    });
    assert_eq!(left.collect::<Vec<_>>(), [alloc::vec![], alloc::vec![50..100]]);
}

#[test]
fn numbers_that_were_never_sent_acknowledge_nothing() {
    // adversarial D25
    let mut flight = flight(&[100]);
    flight.encode(&mut RecordLayer::default(), 1_200).unwrap();
    let numbers: Vec<_> = (0..10_000)
        .map(|index| RecordNumber { epoch: Epoch(1 + index % 9), sequence: index.into() })
        .collect();
    assert_eq!(flight.acknowledge(&numbers), Acknowledged::Nothing);
}

#[test]
fn only_so_many_records_are_remembered() {
    let mut layer = RecordLayer::default();
    let mut flight = flight(&[1]);
    for _ in 0..=limits::CARRIED_RECORDS {
        flight.encode(&mut layer, 1_200).unwrap();
    }
    let number = |sequence| [RecordNumber { epoch: Epoch::PLAINTEXT, sequence }];
    assert_eq!(flight.acknowledge(&number(0)), Acknowledged::Nothing, "the oldest is forgotten");
    assert_eq!(flight.acknowledge(&number(2)), Acknowledged::All);
}

#[test]
fn message_numbers_do_not_wrap() {
    let mut outbox = Outbox { next_seq: u16::MAX - 1, ..Outbox::default() };
    let mut send = || outbox.send_after(Epoch::APPLICATION, HandshakeType::KeyUpdate, Vec::new());
    assert_eq!(send(), Ok(()));
    assert_eq!(send(), Err(FailureReason::SequenceExhausted));
}

proptest! {
    #[test]
    fn every_datagram_fits_and_every_message_arrives(
        mtu in limits::MIN_MTU..1_500,
        lengths in prop::collection::vec(0..3_000_usize, 1..8),
    ) {
        let datagrams = flight(&lengths).encode(&mut RecordLayer::default(), mtu).unwrap();
        let mut reassembly = Reassembly::default();
        let mut arrived = Vec::new();
        for datagram in &datagrams {
            prop_assert!(datagram.len() <= mtu && !datagram.is_empty());
            let mut reader = Reader::new(datagram);
            while !reader.is_empty() {
                let record = Record::read(&mut reader).unwrap();
                if record.content_type == ContentType::Handshake.code_point() {
                    let fragment = Fragment::read(&mut Reader::new(record.fragment)).unwrap();
                    reassembly.insert(Epoch::PLAINTEXT, &fragment).unwrap();
                    arrived.extend(reassembly.take().map(|message| message.body.len()));
                }
            }
        }
        prop_assert_eq!(arrived, lengths);
    }
}
