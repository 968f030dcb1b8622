//! How the C library's heap deals with large blocks.
#![expect(unsafe_code, reason = "settings of the C library")]

use super::model::Raised;
use super::shim::keep_blocks;

/// Memory that the heap asks the kernel for at a time beyond what is needed, bytes.
const PAD: libc::c_int = 64 << 20;
/// Which part of its memory a model may hold in blocks that it does not need at the moment: one in
/// so many.
const KEPT: u64 = 4;

/// Makes the process keep freed memory. `memory_bytes` is what the model may use.
///
/// By default every large block is asked of the kernel and given back, and an image's way through a
/// network is a dozen of them: the kernel would clear the same pages again for each batch, a tenth
/// of the whole time. What one batch used serves the next; the most that is used at once changes
/// little.
///
/// # Errors
/// If libtorch does not take the allocator of its large blocks.
pub fn keep_memory(memory_bytes: u64) -> Result<(), Raised> {
    let settings = [(libc::M_MMAP_MAX, 0), (libc::M_TRIM_THRESHOLD, libc::c_int::MAX), (libc::M_TOP_PAD, PAD)];
    for (setting, value) in settings {
        // SAFETY: the process has one thread; a setting that the C library does not take is without
        // effect.
        unsafe { libc::mallopt(setting, value) };
    }
    keep_blocks(usize::try_from(memory_bytes / KEPT).unwrap_or(usize::MAX))
}
