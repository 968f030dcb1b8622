//! How the C library's heap deals with large blocks.
#![expect(unsafe_code, reason = "settings of the C library")]

/// Memory that the heap asks the kernel for at a time beyond what is needed, bytes.
const PAD: libc::c_int = 64 << 20;

/// Keeps memory that was freed.
///
/// By default every large block is asked of the kernel and given back, and an image's way through a network is a dozen of them:
/// the kernel would clear the same pages anew for each batch, a tenth of the whole time. What one batch used serves the
/// next; the most that is used at once changes little.
pub fn keep_memory() {
    let settings = [(libc::M_MMAP_MAX, 0), (libc::M_TRIM_THRESHOLD, libc::c_int::MAX), (libc::M_TOP_PAD, PAD)];
    for (setting, value) in settings {
        // SAFETY: the process has one thread; a setting that the C library does not take is without effect.
        unsafe { libc::mallopt(setting, value) };
    }
}

/// Gives the kernel back what is free.
///
/// Batches of another size want other blocks, which would lie amid what the batches before have left: the largest block of
/// a model that uses most of its memory would not fit there again, and the heap would grow to twice what the model needs.
pub fn give_back() {
    // SAFETY: only pages that hold no block are given back.
    unsafe { libc::malloc_trim(0) };
}
