//! DTLS connections of both roles and versions, that are handed datagrams of anything.
//!
//! The input is a list of datagrams, each behind its length in two bytes. Each comes 100 ms after
//! the one before it.
#![no_main]

use std::time::Duration;

use lariat_base::{Instant, Reader};
use lariat_dtls::{Connection, Role, fuzzing};
use lariat_fuzz::dtls;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    for role in [Role::Client, Role::Server] {
        for versions in dtls::VERSIONS {
            let mut connection = dtls::connection(role, versions, None);
            connection.start(Instant::ZERO);
            drive(&mut connection, input);
        }
    }
});

fn drive(connection: &mut Connection, input: &[u8]) {
    let (mut now, mut reader, mut out) = (Instant::ZERO, Reader::new(input), Vec::new());
    while let Ok(datagram) = reader.u16().and_then(|length| reader.take(length.into())) {
        fuzzing::record(datagram);
        connection.handle_datagram(now, datagram);
        dtls::drain(connection, &mut out);
        now = now + Duration::from_millis(100);
        if connection.poll_timeout().is_some_and(|deadline| deadline.at <= now) {
            connection.handle_timeout(now);
        }
    }
}
