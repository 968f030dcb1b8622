//! libtorch, as far as the runner uses it.
//!
//! Tensors and settings go through `tch`; loading a module from memory, freezing it and looking at
//! an output go through a shim in C++, which lets no exception through, and no text unless the
//! scorer asked for causes: both can hold the images.

mod heap;
mod model;
mod shim;

use holdout_protocol::Arithmetic;
use tch::{Device, Kind, Tensor};

pub use heap::keep_memory;
pub(crate) use model::cuda_index;
pub use model::{Form, Found, Model, Raised, Use};
pub use shim::{Bus, Number, Scores, cause, keep_causes, normalise};

/// Settings of the process, to be made before anything else of libtorch is called.
///
/// # Errors
/// If libtorch raises an error.
pub fn configure(arithmetic: Arithmetic) -> Result<(), Raised> {
    shim::configure(arithmetic)
}

/// Makes libtorch read, on the calling thread alone, every file that it reads at first use on a
/// CPU: the random device and the description of the processor.
///
/// # Errors
/// If libtorch raises an error.
pub fn warm_up(seed: u64) -> Result<(), Raised> {
    // Later calls could start threads, which Landlock would not bind.
    tch::set_num_threads(1);
    tch::manual_seed(seed.cast_signed());
    compute(Device::Cpu)
}

/// Starts `threads` threads to compute with and one for tasks, and prepares the device.
///
/// # Errors
/// If libtorch raises an error.
pub fn start_threads(device: Device, threads: u32) -> Result<(), Raised> {
    let threads = i32::try_from(threads).unwrap_or(i32::MAX);
    tch::set_num_threads(threads);
    tch::set_num_interop_threads(1);
    shim::start_tasks()?;
    compute(device)
}

/// One matrix product and one convolution: between them they touch every library a network needs.
fn compute(device: Device) -> Result<(), Raised> {
    let _inference = tch::no_grad_guard();
    let image = Tensor::f_rand([2, 3, 64, 64], (Kind::Float, device))?;
    let weight = Tensor::f_rand([16, 3, 3, 3], (Kind::Float, device))?;
    let convolved = image.f_conv2d(&weight, None::<Tensor>, [1, 1], [1, 1], [1, 1], 1)?;
    let rows = convolved.f_relu()?.f_reshape([2, -1])?;
    let product = rows.f_matmul(&rows.f_transpose(0, 1)?)?;
    let sum = f64::try_from(product.f_sum(Kind::Float)?)?;
    if sum.is_finite() { Ok(()) } else { Err(Raised::Error) }
}
