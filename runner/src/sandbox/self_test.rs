//! What must fail fails: tried once, in the closed process, before a model comes near it.
#![expect(unsafe_code, reason = "system calls that the standard library has no harmless form of")]

use std::fs::File;
use std::io;

use holdout_protocol::Layer;

use super::layers::{LayerError, Layers, Opening};
use super::system_calls;

/// A file that every host has and anyone may read.
const READABLE: &str = "/etc/passwd";

/// Tries what the layers forbid. Every attempt is harmless if it succeeds.
///
/// # Errors
/// The layer that let an attempt through.
pub fn self_test(layers: &Layers, opening: &Opening) -> Result<(), LayerError> {
    test(layers, Layer::PidNamespace, "being process 1", || std::process::id() == 1)?;
    // Each of these two is enough to deny it; if both are missing on this host, it is open.
    for layer in [Layer::EmptyRoot, Layer::Landlock] {
        test(layers, layer, "opening a file", || File::open(READABLE).is_err())?;
    }
    // The driver of a GPU opens files at any time, so its filter lets the call through to the
    // layers above.
    if *opening == Opening::None {
        let denied = || error_of(File::open(READABLE)) == Some(libc::EACCES);
        test(layers, Layer::SystemCalls, "the filter of files", denied)?;
    }
    test(layers, Layer::SystemCalls, "the filter of sockets", || socket_error() == Some(system_calls::NO_DOMAIN_ERROR))
}

/// Tests a layer that is on.
fn test(layers: &Layers, layer: Layer, step: &'static str, holds: impl FnOnce() -> bool) -> Result<(), LayerError> {
    if !layers.has(layer) || holds() {
        return Ok(());
    }
    Err(LayerError { layer, step, cause: io::Error::other("it is on but has no effect") })
}

fn error_of<T>(result: io::Result<T>) -> Option<i32> {
    result.err().and_then(|error| error.raw_os_error())
}

/// Returns the error of asking for a socket of a domain that does not exist. The kernel's own
/// answer is another one.
fn socket_error() -> Option<i32> {
    // SAFETY: no memory is passed, and no socket of this domain can come into being.
    let descriptor = unsafe { libc::socket(system_calls::NO_DOMAIN, 0, 0) };
    if descriptor >= 0 { None } else { io::Error::last_os_error().raw_os_error() }
}
