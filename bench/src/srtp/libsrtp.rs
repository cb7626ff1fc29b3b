//! libsrtp 2, which is C: the one file of the project that calls foreign code.
//!
//! The library is loaded while the program runs, from where `LARIAT_BENCH_LIBSRTP` says; `cargo
//! xtask bench srtp` builds it with OpenSSL and sets that. What is declared here is what the header
//! `srtp.h` of its version 2.5 says.

#![expect(unsafe_code, reason = "a peer of the benches is written in C")]

use std::env;
use std::ffi::{CStr, c_char, c_int, c_uchar, c_uint, c_ulong, c_void};
use std::ptr;
use std::rc::Rc;

use libloading::Library;

use crate::srtp::packet;
use crate::srtp::profile::Profile;
use crate::srtp::subject::{Receiver, Role, Sender, Stack, Subject};

/// Where the library is.
const PATH: &str = "LARIAT_BENCH_LIBSRTP";

/// What it says of itself, up to what may change the layout of its types.
const VERSION: &str = "libsrtp2 2.5.";

/// The one that the environment names.
///
/// # Errors
///
/// What is missing, for a person.
pub fn subject() -> Result<Subject, String> {
    let path = env::var_os(PATH)
        .ok_or_else(|| format!("libsrtp: {PATH} is not set; cargo xtask bench srtp builds it"))?;
    // Sound: loading it runs nothing but what the linker runs; it is the library that was named.
    let library = unsafe { Library::new(&path) }.map_err(|error| format!("libsrtp: {error}"))?;
    let libsrtp = LibSrtp::of(library).map_err(|error| format!("libsrtp: {error}"))?;
    if !libsrtp.version.starts_with(VERSION) || !libsrtp.openssl.starts_with("OpenSSL") {
        let LibSrtp { version, openssl, .. } = libsrtp;
        return Err(format!("libsrtp: it should be {VERSION} on OpenSSL: {version} on {openssl}"));
    }
    let version = format!("{} on {}", libsrtp.version, libsrtp.openssl);
    let mut subject = Subject::new("libsrtp", Role::Peer, None, LibSrtp2(Rc::new(libsrtp)));
    subject.versions.push(version);
    Ok(subject)
}

type Status = c_int;
type Context = *mut c_void;
type OnPacket = unsafe extern "C" fn(Context, *mut c_void, *mut c_int) -> Status;
type SetPolicy = unsafe extern "C" fn(*mut CryptoPolicy);

const OK: Status = 0;
const ANY_INBOUND: c_int = 2;
const ANY_OUTBOUND: c_int = 3;
const WINDOW: c_ulong = 128;

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CryptoPolicy {
    cipher: u32,
    cipher_key_len: c_int,
    auth: u32,
    auth_key_len: c_int,
    auth_tag_len: c_int,
    services: c_int,
}

#[repr(C)]
struct Policy {
    ssrc_type: c_int,
    ssrc: c_uint,
    rtp: CryptoPolicy,
    rtcp: CryptoPolicy,
    key: *mut c_uchar,
    keys: *mut c_void,
    num_master_keys: c_ulong,
    deprecated_ekt: *mut c_void,
    window_size: c_ulong,
    allow_repeat_tx: c_int,
    enc_xtn_hdr: *mut c_int,
    enc_xtn_hdr_count: c_int,
    next: *mut c_void,
}

/// The library's functions. They are valid as long as it is loaded, which it is as long as this.
struct LibSrtp {
    version: String,
    openssl: String,
    create: unsafe extern "C" fn(*mut Context, *const Policy) -> Status,
    dealloc: unsafe extern "C" fn(Context) -> Status,
    protect: OnPacket,
    unprotect: OnPacket,
    set_cm128: SetPolicy,
    set_gcm128: SetPolicy,
    set_gcm256: SetPolicy,
    _library: Library,
}

impl LibSrtp {
    fn of(library: Library) -> Result<Self, libloading::Error> {
        type Init = unsafe extern "C" fn() -> Status;
        type Version = unsafe extern "C" fn() -> *const c_char;
        type OpenSslVersion = unsafe extern "C" fn(c_int) -> *const c_char;
        // Sound: the types are those of the header; both versions are static strings of C.
        unsafe {
            let init = *library.get::<Init>(b"srtp_init")?;
            assert_eq!(init(), OK, "libsrtp cannot be initialised");
            let version = *library.get::<Version>(b"srtp_get_version_string")?;
            let openssl = match library.get::<OpenSslVersion>(b"OpenSSL_version") {
                Ok(openssl) => text((*openssl)(0)),
                Err(_) => "no OpenSSL".to_owned(),
            };
            Ok(Self {
                version: text(version()),
                // "OpenSSL 3.0.0 1 Jan 2000": the date is of no use.
                openssl: openssl.split(' ').take(2).collect::<Vec<_>>().join(" "),
                create: *library.get(b"srtp_create")?,
                dealloc: *library.get(b"srtp_dealloc")?,
                protect: *library.get(b"srtp_protect")?,
                unprotect: *library.get(b"srtp_unprotect")?,
                set_cm128: *library.get(b"srtp_crypto_policy_set_rtp_default")?,
                set_gcm128: *library.get(b"srtp_crypto_policy_set_aes_gcm_128_16_auth")?,
                set_gcm256: *library.get(b"srtp_crypto_policy_set_aes_gcm_256_16_auth")?,
                _library: library,
            })
        }
    }
}

/// Copies a string of C.
///
/// # Safety
///
/// `text` points to one that ends in a zero.
unsafe fn text(text: *const c_char) -> String {
    // Sound: the caller says so.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

struct LibSrtp2(Rc<LibSrtp>);

impl Stack for LibSrtp2 {
    type Sender = Sending;
    type Receiver = Receiving;

    fn sender(&self, profile: Profile) -> Option<Sending> {
        Some(Sending(self.session(profile, ANY_OUTBOUND)))
    }

    fn receiver(&self, profile: Profile) -> Option<Receiving> {
        Some(Receiving(self.session(profile, ANY_INBOUND)))
    }

    fn refuses_replays(&self) -> bool {
        true
    }
}

impl LibSrtp2 {
    fn session(&self, profile: Profile, ssrc_type: c_int) -> Session {
        let set = match profile {
            Profile::Gcm128 => self.0.set_gcm128,
            Profile::Gcm256 => self.0.set_gcm256,
            Profile::Cm128 => self.0.set_cm128,
        };
        let mut crypto = CryptoPolicy::default();
        // Sound: the function writes one value of this type.
        unsafe { set(&raw mut crypto) };
        let mut key = [profile.master_key(), profile.master_salt()].concat();
        let policy = Policy {
            ssrc_type,
            ssrc: 0,
            rtp: crypto,
            rtcp: crypto,
            key: key.as_mut_ptr(),
            keys: ptr::null_mut(),
            num_master_keys: 0,
            deprecated_ekt: ptr::null_mut(),
            window_size: WINDOW,
            allow_repeat_tx: 0,
            enc_xtn_hdr: ptr::null_mut(),
            enc_xtn_hdr_count: 0,
            next: ptr::null_mut(),
        };
        let mut context = ptr::null_mut();
        // Sound: the policy is complete, and its key as long as the profile wants; both outlive the
        // call, which copies them.
        let status = unsafe { (self.0.create)(&raw mut context, &raw const policy) };
        assert_eq!(status, OK, "libsrtp makes no session for {profile}");
        Session { context, libsrtp: self.0.clone() }
    }
}

/// A session, which is freed with it. It holds the library, so that the pointers stay valid.
struct Session {
    context: Context,
    libsrtp: Rc<LibSrtp>,
}

impl Session {
    /// Calls `function` with the packet of `length` bytes in `buffer`; returns its new length.
    #[inline]
    fn call(&mut self, function: OnPacket, buffer: &mut [u8], length: usize) -> Option<usize> {
        let mut length = c_int::try_from(length).ok()?;
        // Sound: the session lives. The packet is within the buffer. Unprotecting makes it shorter;
        // protecting makes it longer by at most SRTP_MAX_TRAILER_LEN, 144 bytes, for which
        // `Sending::protect` has checked that there is room.
        let status = unsafe { function(self.context, buffer.as_mut_ptr().cast(), &raw mut length) };
        if status == OK { usize::try_from(length).ok() } else { None }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Sound: it was created, and is freed once.
        unsafe { (self.libsrtp.dealloc)(self.context) };
    }
}

struct Sending(Session);

impl Sender for Sending {
    type Out<'a> = &'a [u8];

    #[inline]
    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> &'a [u8] {
        assert!(length + packet::ROOM <= buffer.len(), "there is room behind the packet");
        let length = self.0.call(self.0.libsrtp.protect, buffer, length);
        &buffer[..length.expect("indices are not used twice")]
    }
}

struct Receiving(Session);

impl Receiver for Receiving {
    type Out<'a> = &'a [u8];

    #[inline]
    fn unprotect<'a>(&'a mut self, _: usize, packet: &'a mut [u8]) -> Option<&'a [u8]> {
        let length = self.0.call(self.0.libsrtp.unprotect, packet, packet.len())?;
        packet.get(..length)
    }
}
