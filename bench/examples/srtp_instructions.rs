//! One pass of one case, for an instrument that counts instructions: `cargo xtask bench srtp
//! --instructions` runs it under callgrind, and counts what is within [`counted_pass`].
//!
//! `--list` prints the processor's extensions as the program sees them, and the cases.

use std::env;
use std::process::ExitCode;

use lariat_bench::case::Case;
use lariat_bench::machine;
use lariat_bench::srtp::lariat;
use lariat_bench::srtp::profile::Profile;
use lariat_bench::srtp::subject::{Operation, Subject};

const PAYLOADS: [usize; 2] = [160, 1_200];
const OPERATIONS: [Operation; 2] = [Operation::Protect, Operation::Unprotect];

fn main() -> ExitCode {
    let wanted = env::args().nth(1).unwrap_or_default();
    if wanted == "--list" {
        println!("{}", machine::extensions().join(", "));
    }
    let subjects = lariat::subjects();
    for profile in [Profile::Gcm128, Profile::Cm128] {
        for (operation, payload) in OPERATIONS.into_iter().flat_map(|o| PAYLOADS.map(|p| (o, p))) {
            for subject in &subjects {
                let name = named(profile, operation, payload, subject);
                if wanted == "--list" {
                    println!("{name}");
                } else if wanted == name {
                    let case = subject.case(profile, operation, payload);
                    println!("{}", counted(&mut *case.expect("Lariat has these profiles")));
                    return ExitCode::SUCCESS;
                }
            }
        }
    }
    if wanted == "--list" {
        return ExitCode::SUCCESS;
    }
    eprintln!("there is no case {wanted:?}");
    ExitCode::FAILURE
}

fn named(profile: Profile, operation: Operation, payload: usize, subject: &Subject) -> String {
    format!("{profile}, {operation}, {payload} B, {}", subject.name)
}

/// The number of packets of a pass that was counted, after one that was not: what is done once in
/// the life of a program or of a stream is no cost of a packet.
fn counted(case: &mut dyn Case) -> usize {
    case.prepare();
    case.pass();
    case.prepare();
    counted_pass(case)
}

#[inline(never)]
fn counted_pass(case: &mut dyn Case) -> usize {
    case.pass()
}
