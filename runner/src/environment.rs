//! The environment, which is not the model's to read.
#![expect(unsafe_code, reason = "the texts that the kernel gave the program lie in memory that only C names")]

use std::ffi::{CStr, c_char};

unsafe extern "C" {
    /// The texts, as the C library keeps them: as many as there are before the null.
    static environ: *const *mut c_char;
}

/// Overwrites the environment's texts and forgets them. To be called while the process has one
/// thread; the library of threads has read its settings by then.
pub fn wipe() {
    // SAFETY: a variable of the C library's that nobody writes, because there is one thread.
    let mut entry = unsafe { environ };
    while let Some(text) = text_at(entry) {
        // SAFETY: the entry is a C string, which nobody else reads.
        let length = unsafe { CStr::from_ptr(text) }.count_bytes();
        // SAFETY: its memory is the program's own, and writable.
        unsafe { text.write_bytes(0, length) };
        entry = entry.wrapping_add(1);
    }
    // SAFETY: this process has one thread.
    unsafe { libc::clearenv() };
}

/// Returns the text that an entry points to; `None` at the array's end.
fn text_at(entry: *const *mut c_char) -> Option<*mut c_char> {
    if entry.is_null() {
        return None;
    }
    // SAFETY: an entry of the array or the null behind the last, which the caller does not pass.
    let text = unsafe { *entry };
    (!text.is_null()).then_some(text)
}
