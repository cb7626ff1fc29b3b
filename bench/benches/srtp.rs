//! `cargo xtask bench srtp` runs this; see `lariat_bench::srtp` for what is measured.

use std::process::ExitCode;

use lariat_bench::program;
use lariat_bench::progress::Progress;
use lariat_bench::report::{Facts, Report};
use lariat_bench::rounds::Rounds;
use lariat_bench::srtp::figures::figures;
use lariat_bench::srtp::plan::Plan;

const METHOD: &[&str] = &[
    "Every number is nanoseconds per packet: the median of 15 turns of 40 ms that were taken in \
     rounds with everything else in its column, on one core; ± is half the distance of the \
     quartiles. Compare numbers of one table only. ×limit is the multiple of the cipher alone, \
     without any SRTP around it, of the same library if it is here, else of the fastest; ×peer \
     that of the fastest peer.",
    "Sizes are those of the payload, behind a header of 12 bytes. Packets lie in 32 buffers \
     that are used in turn; a run is all of them in one call. Protecting is in place, again and \
     again, without a copy; peers that give back a vector of their own make it within the \
     measured time. Unprotecting begins with the copy of 32 packets into the buffers, for \
     everybody, and for the ciphers alone: it has a row of its own. Replay protection is on, \
     with a window of 128 packets where it can be chosen; rustrtc has none. Before the \
     measurement all packets were compared, byte for byte.",
    "str0m does not let its SRTP context be reached; what is measured is its ciphers with the \
     vectors that its context makes around them, and its parser of received headers, without \
     indices and replays. rustrtc is measured without the session that looks streams up.",
];

fn main() -> ExitCode {
    program::run("cargo xtask bench srtp", measure)
}

fn measure(quick: bool, mut facts: Facts) -> Result<Report, String> {
    let plan = Plan::new();
    facts.push(("versions", plan.versions()));
    let mut progress = Progress::default();
    progress.say("comparing packets");
    plan.check().map_err(|trouble| trouble.to_string())?;
    let results = plan.measure(Rounds::of(quick), &mut progress);
    Ok(Report {
        title: "SRTP, nanoseconds per packet".to_owned(),
        method: METHOD.iter().map(|&paragraph| paragraph.to_owned()).collect(),
        facts,
        tables: results.tables(),
        missing: plan.missing.clone(),
        figures: figures(&results),
    })
}
