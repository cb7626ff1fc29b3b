//! libsrtp 2, built with OpenSSL. Debian's own build is with NSS, which is several times slower.

use std::fs;
use std::path::{Path, PathBuf};

use super::{debian, openssl};
use crate::steps::{Failure, Step, target_folder};

/// Tells the bench where the library is.
pub(crate) const PATH: &str = "LARIAT_BENCH_LIBSRTP";

/// What building it needs, and the packages of Debian that bring it.
const PROGRAMS: &[(&[&str], &[&str])] =
    &[(&["cc", "make"], &["build-essential"]), (&["dpkg-source"], &["dpkg-dev"])];

/// Builds the library unless it is there; returns where it is.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    let folder = target_folder().join("libsrtp");
    let library = folder.join("libsrtp2.so");
    if library.exists() {
        return Ok(library);
    }
    debian::install("bench", &debian::absent(PROGRAMS))?;
    openssl()?;
    let source = source(&folder)?;
    Step::new("bench: configuring libsrtp with OpenSSL", "./configure")
        .args(&["--enable-openssl"])
        .within(&source)
        .run()?;
    Step::new("bench: building libsrtp", "make").args(&["shared_library"]).within(&source).run()?;
    // Last, and under another name: what is there is whole.
    let built = source.join("libsrtp2.so.1");
    fs::rename(&built, &library)
        .map_err(|error| Failure::new(format!("{}: {error}", built.display())))?;
    Ok(library)
}

/// Debian's source of it, with lists of sources that are read for this alone: the machine's own
/// configuration stays as it is.
fn source(folder: &Path) -> Result<PathBuf, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
    for part in ["lists/partial", "cache/archives/partial", "parts"] {
        fs::create_dir_all(folder.join(part)).map_err(failed)?;
    }
    // What the machine gets binary packages from has the sources too.
    let format = "deb-src $(SITE) $(RELEASE) $(COMPONENT)";
    let (lines, _) = Step::new("apt-get indextargets", "apt-get")
        .args(&["indextargets", "--format", format, "Created-By: Packages", "Origin: Debian"])
        .output()?;
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    fs::write(folder.join("sources.list"), lines.join("\n") + "\n").map_err(failed)?;
    let place = |key: &str, name: &str| format!("Dir::{key}={}", folder.join(name).display());
    let places = [
        place("Etc::SourceList", "sources.list"),
        place("Etc::SourceParts", "parts"),
        place("State::Lists", "lists"),
        place("Cache", "cache"),
    ];
    let apt = |name: &str, arguments: &[&str]| {
        let places = places.iter().flat_map(|place| ["-o", place.as_str()]);
        let places: Vec<&str> = places.collect();
        Step::new(name, "apt-get").args(&places).args(arguments).within(folder).run()
    };
    apt("bench: reading the lists of sources", &["update"])?;
    apt("bench: fetching the source of libsrtp", &["source", "libsrtp2"])?;
    let entries = fs::read_dir(folder).map_err(failed)?.filter_map(Result::ok);
    let mut folders = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
    let is_source = |path: &PathBuf| path.join("libsrtp2.pc.in").exists();
    folders
        .find(is_source)
        .ok_or_else(|| Failure::new(format!("{}: there is no source of libsrtp", folder.display())))
}
