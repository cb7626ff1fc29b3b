//! `cargo xtask bench dtls` runs this; see `lariat_bench::dtls` for what is measured.

use std::process::ExitCode;

use lariat_bench::dtls::figures::figures;
use lariat_bench::dtls::memory::{self, Memory};
use lariat_bench::dtls::plan::Plan;
use lariat_bench::program;
use lariat_bench::progress::Progress;
use lariat_bench::report::{Facts, Report};
use lariat_bench::rounds::Rounds;

const METHOD: &[&str] = &[
    "Every number is the median of 15 turns of 40 ms that were taken in rounds with everything \
     else in its column, on one core; ± is half the distance of the quartiles. Compare numbers of \
     one table only. ×limit is the multiple of the limit of the same library if it is here, else \
     of the lowest; ×peer that of the time of the fastest peer.",
    "A handshake is that of both ends, in one thread: from the making of both connections until \
     both are connected. Datagrams are handed over at once. Both ends show ECDSA certificates on \
     P-256 that were made before; nobody sends cookies (dimpl is told not to) but rtc-dtls, \
     which cannot be told: its handshakes have a round trip more, without a signature or a key \
     exchange. Each end offers one group only (OpenSSL offers the certificates' curve too, as it \
     insists; rtc-dtls offers what its provider has, and is given providers that have one), \
     AES-128-GCM and `use_srtp`. The limit is two signatures, two \
     verifications and both ends of the key exchange, by the same provider in the same run. \
     Lariat compares the certificates with their fingerprints; peers take any. Its libraries are \
     not equally fast, so each is to be ahead of peers on the same library, and the faster one \
     ahead of everybody.",
    "Records carry 1,200 bytes from one place to another, so the limit is AES-128-GCM alone \
     together with a copy, which is a row of its own. It encrypts what a record does: in 1.3 that \
     is one byte more, the content type, and a block of the cipher with it; the limit of 1.2 is \
     that of 1,200 bytes. A record of 1.3 also hides its number, which is a row of its own and in \
     no limit. Whoever receives gives the buffers of data back, or uses one of its own again, as \
     peers let it, except rtc-dtls, which takes and gives new ones. Before the measurement every \
     pair exported the same keys at both ends, and was heard once, unforged, both ways.",
    "No peer here has X25519MLKEM768 in DTLS, and neither OpenSSL 3 nor rtc-dtls has DTLS 1.3. \
     rtc-dtls is webrtc-rs's, which it has in place of webrtc-dtls. That one is left out: it is \
     asynchronous, and its figures would be those of its runtime too.",
    "Memory is that of one end of a connection, all libraries' included: by how much a process \
     grows with each of 10,000 that it keeps, once the handshake is over and nothing is left to \
     be sent or told. One hello is one of 1.3 with a key of X25519MLKEM768, which a server has \
     answered. Of 100,000 spoofed hellos nothing may be left.",
];

fn main() -> ExitCode {
    if memory::answer().is_some() {
        return ExitCode::SUCCESS;
    }
    program::run("cargo xtask bench dtls", measure)
}

fn measure(quick: bool, mut facts: Facts) -> Result<Report, String> {
    let plan = Plan::new();
    facts.push(("versions", plan.versions()));
    let mut progress = Progress::default();
    progress.say("shaking hands");
    plan.check()?;
    let results = plan.measure(Rounds::of(quick), &mut progress);
    let memory = Memory::measure(&plan, quick, &mut progress);
    let mut tables = results.tables();
    tables.push(memory.table(&plan));
    let mut figures = figures(&results);
    figures.extend(memory.figures(&plan));
    Ok(Report {
        title: "DTLS: handshakes, records, memory".to_owned(),
        method: METHOD.iter().map(|&paragraph| paragraph.to_owned()).collect(),
        facts,
        tables,
        missing: plan.missing.clone(),
        figures,
    })
}
