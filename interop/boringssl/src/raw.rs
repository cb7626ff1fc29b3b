//! The calls that `boring` has no safe name for, and the only unsafe code of these peers.

#![allow(unsafe_code, reason = "the library is one of C")]

use std::cell::Cell;
use std::time::Duration;

use boring::error::ErrorStack;
use boring::ssl::{SslContextBuilder, SslRef};
use boring_sys as ffi;
use foreign_types::ForeignTypeRef;

thread_local! {
    /// What time it is for the connections of this thread, since 1970.
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Says what time it is, since 1970, to whatever is called next on this thread.
pub(crate) fn set_time(now: Duration) {
    NOW.set(now);
}

/// Makes the connections of a context ask [`set_time`] for the time, and not the system.
pub(crate) fn use_time_that_is_set(context: &SslContextBuilder) {
    // SAFETY: the context is alive as long as it is borrowed, and nobody else has it while it is
    // built. The callback is a function, so it lives for ever.
    unsafe { ffi::SSL_CTX_set_current_time_cb(context.as_ptr(), Some(tell_time)) }
}

unsafe extern "C" fn tell_time(_connection: *const ffi::SSL, out: *mut ffi::timeval) {
    let now = NOW.get();
    // A time too late for the type is none that a test would set.
    let seconds = now.as_secs().try_into().unwrap_or_default();
    let time = ffi::timeval { tv_sec: seconds, tv_usec: now.subsec_micros().into() };
    // SAFETY: the library calls this with a pointer to a variable of its own, which is aligned and
    // which nobody else refers to meanwhile.
    unsafe { out.write(time) }
}

/// How long after the time that is set something is due.
pub(crate) fn timeout(connection: &SslRef) -> Option<Duration> {
    let mut left = ffi::timeval { tv_sec: 0, tv_usec: 0 };
    // SAFETY: the connection is alive as long as it is borrowed, and is only read. `left` is a
    // variable of ours which outlives the call.
    let is_set = unsafe { ffi::DTLSv1_get_timeout(connection.as_ptr(), &raw mut left) } == 1;
    let seconds = Duration::from_secs(left.tv_sec.try_into().unwrap_or_default());
    let rest = Duration::from_micros(left.tv_usec.try_into().unwrap_or_default());
    is_set.then_some(seconds + rest)
}

/// Does what is due at the time that is set.
pub(crate) fn handle_timeout(connection: &mut SslRef) -> Result<(), ErrorStack> {
    // SAFETY: the connection is alive and nobody else has it as long as it is borrowed so.
    match unsafe { ffi::DTLSv1_handle_timeout(connection.as_ptr()) } {
        -1 => Err(ErrorStack::get()),
        _ => Ok(()),
    }
}

/// Makes the next record of data come after a KeyUpdate, which asks for one in return `and_peer`.
pub(crate) fn update_keys(connection: &mut SslRef, and_peer: bool) -> Result<(), ErrorStack> {
    let request =
        if and_peer { ffi::SSL_KEY_UPDATE_REQUESTED } else { ffi::SSL_KEY_UPDATE_NOT_REQUESTED };
    // SAFETY: the connection is alive and nobody else has it as long as it is borrowed so.
    match unsafe { ffi::SSL_key_update(connection.as_ptr(), request) } {
        1 => Ok(()),
        _ => Err(ErrorStack::get()),
    }
}

/// Sets the groups of which a client's first hello has keys: some of those that it offers, in their
/// order.
pub(crate) fn set_key_shares(connection: &mut SslRef, groups: &[u16]) -> Result<(), ErrorStack> {
    let connection = connection.as_ptr();
    // SAFETY: the connection is alive and nobody else has it as long as it is borrowed so. The
    // pointer and the count are of one slice, which is copied.
    match unsafe { ffi::SSL_set1_client_key_shares(connection, groups.as_ptr(), groups.len()) } {
        1 => Ok(()),
        _ => Err(ErrorStack::get()),
    }
}
