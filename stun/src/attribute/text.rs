//! Attributes that are text.

use crate::error::AttributeFault;

pub(super) fn parse(value: &[u8], limit: usize) -> Result<&str, AttributeFault> {
    if value.len() > limit {
        return Err(AttributeFault::Length);
    }
    core::str::from_utf8(value).map_err(|_| AttributeFault::Text)
}

pub(super) fn check(text: &str, limit: usize) -> Result<(), AttributeFault> {
    if text.len() > limit { Err(AttributeFault::Length) } else { Ok(()) }
}
