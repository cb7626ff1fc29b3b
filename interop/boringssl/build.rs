//! Builds the peer, which is a program in C, on the library that `boring-sys` has built.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = "src/peer.c";

fn main() {
    let out = env::var_os("OUT_DIR").map(PathBuf::from).expect("cargo sets it");
    let (boringssl, program) = (boringssl(&out), out.join("boringssl-peer"));
    // It is in C++ under its interface in C, so its runtime is needed.
    let mut cc = Command::new("c++");
    cc.args(["-x", "c", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", SOURCE, "-x", "none"]);
    cc.arg("-isystem").arg(boringssl.join("boringssl/include"));
    cc.args(["libssl.a", "libcrypto.a"].map(|name| boringssl.join("build").join(name)));
    cc.args(["-lpthread", "-o"]).arg(&program);
    let status = cc.status().expect("there is a compiler of C++");
    assert!(status.success(), "{cc:?}: {status}");
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rustc-env=BORINGSSL_PEER={}", program.display());
}

/// The folder in which `boring-sys` has built it. That crate says nothing to those that depend on
/// it; but it names what it links, so cargo has run its script before this one, and in a folder
/// beside ours. What an older version or toolchain has left there is older.
fn boringssl(out: &Path) -> PathBuf {
    let folders = out.ancestors().nth(2).and_then(|folders| folders.read_dir().ok());
    let built = folders.into_iter().flatten().flatten().filter_map(|folder| {
        let is_its = folder.file_name().to_str()?.starts_with("boring-sys-");
        let out = folder.path().join("out");
        let library = out.join("build/libssl.a").metadata().ok().filter(|_| is_its)?;
        Some((library.modified().ok()?, out))
    });
    built.max().map(|(_, out)| out).expect("`boring-sys` builds libssl.a in a folder beside ours")
}
