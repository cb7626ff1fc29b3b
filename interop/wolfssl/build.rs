//! Builds the peer, which is a program in C, on the library that `wolfssl-sys` has built.

use std::env;
use std::path::PathBuf;
use std::process::Command;

const SOURCE: &str = "src/peer.c";

fn main() {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).expect("cargo sets it");
    let (wolfssl, program) = (folder("DEP_WOLFSSL_ROOT"), folder("OUT_DIR").join("wolfssl-peer"));
    let mut cc = Command::new("cc");
    cc.args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", SOURCE]);
    cc.arg("-I").arg(wolfssl.join("include")).arg(wolfssl.join("lib/libwolfssl.a"));
    cc.args(["-lm", "-lpthread", "-o"]).arg(&program);
    let status = cc.status().expect("there is a compiler of C");
    assert!(status.success(), "{cc:?}: {status}");
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rustc-env=WOLFSSL_PEER={}", program.display());
}
