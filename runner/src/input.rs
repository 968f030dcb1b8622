//! Batches as tensors.
#![expect(unsafe_code, reason = "tensors over memory that Rust or the scorer filled")]

use std::slice;

use holdout_protocol::RunnerLoad;
use tch::{Device, Kind, Tensor};

use crate::mapping::Mapping;
use crate::pixels::{CHANNELS, Normalisation};
use crate::torch::{Raised, normalise};

/// Turns batches of bytes into the input of a network: `float32[n, 3, side, side]` on its device.
#[derive(Debug)]
pub struct Input {
    side: usize,
    place: Place,
}

/// Where the numbers are computed.
#[derive(Debug)]
enum Place {
    /// Here, into a buffer that is kept: memory that is asked for again has to be cleared again by the kernel.
    Cpu { normalisation: Box<Normalisation>, buffer: Tensor, room: usize },
    /// On the device, from bytes: a quarter of the traffic. All three are tensors there, for a division by a number of
    /// the host's is done by multiplying with its inverse, which rounds otherwise than a CPU.
    Cuda { device: Device, scale: Tensor, mean: Tensor, std: Tensor },
}

impl Input {
    /// Makes the input of a task. Fails if the side is too large.
    ///
    /// # Errors
    /// If the device's memory runs out.
    pub fn new(load: &RunnerLoad, device: Device) -> Result<Self, Raised> {
        let side = usize::try_from(load.side).map_err(|_| Raised::Error)?;
        let place = if device == Device::Cpu {
            let normalisation = Box::new(Normalisation::new(load.mean, load.std));
            Place::Cpu { normalisation, buffer: Tensor::f_empty([0], (Kind::Float, device))?, room: 0 }
        } else {
            let constant = |values: &[f32]| -> Result<Tensor, Raised> {
                let width = i64::try_from(values.len()).map_err(|_| Raised::Error)?;
                Ok(Tensor::f_from_slice(values)?.f_reshape([1, width, 1, 1])?.f_to_device(device)?)
            };
            let (scale, mean, std) = (constant(&[255.0])?, constant(&load.mean)?, constant(&load.std)?);
            Place::Cuda { device, scale, mean, std }
        };
        Ok(Self { side, place })
    }

    /// Returns the bytes of an image in the ring.
    #[must_use]
    pub fn image_bytes(&self) -> usize {
        CHANNELS.saturating_mul(self.plane())
    }

    fn plane(&self) -> usize {
        self.side.saturating_mul(self.side)
    }

    /// Returns the batch of `images` images that begins at `offset` of the ring. It shares memory
    /// with the batch before, which is to be dropped by then.
    ///
    /// # Errors
    /// If memory runs out, or the batch is not within the ring.
    pub fn batch(&mut self, ring: &Mapping, offset: usize, images: usize) -> Result<Tensor, Raised> {
        let shape = shape(self.side, images)?;
        let bytes = self.image_bytes().checked_mul(images).ok_or(Raised::Error)?;
        let plane = self.plane();
        match &mut self.place {
            Place::Cpu { normalisation, buffer, room } => {
                if *room < images {
                    *buffer = Tensor::f_empty(shape, (Kind::Float, Device::Cpu))?;
                    *room = images;
                }
                let mut batch = buffer.f_narrow(0, 0, shape.into_iter().next().unwrap_or(0))?;
                normalise(normalisation, (ring, offset), plane, numbers(&mut batch, bytes)?)?;
                Ok(batch)
            }
            Place::Cuda { device, scale, mean, std } => {
                let bytes = borrow(ring, offset, bytes, shape)?;
                let mut values = bytes.f_to_device(*device)?.f_to_kind(Kind::Float)?;
                Ok(values.f_div_(scale)?.f_sub_(mean)?.f_div_(std)?)
            }
        }
    }
}

/// Returns the shape `[images, 3, side, side]`.
fn shape(side: usize, images: usize) -> Result<[i64; 4], Raised> {
    let sizes = [images, CHANNELS, side, side];
    let mut shape = [0; 4];
    for (size, known) in shape.iter_mut().zip(sizes) {
        *size = i64::try_from(known).map_err(|_| Raised::Error)?;
    }
    Ok(shape)
}

/// Returns the memory of a dense tensor of `count` numbers on the CPU, which no model holds at this
/// moment.
fn numbers(tensor: &mut Tensor, count: usize) -> Result<&mut [f32], Raised> {
    if tensor.numel() != count || tensor.kind() != Kind::Float || !tensor.is_contiguous() {
        return Err(Raised::Error);
    }
    // SAFETY: a dense tensor of `count` floats on the CPU, by the comparison above; nothing else reads or writes it while
    // the slice lives, for no model is running.
    Ok(unsafe { slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), count) })
}

/// Returns a tensor over bytes of the ring, to be copied from at once.
fn borrow(ring: &Mapping, offset: usize, count: usize, shape: [i64; 4]) -> Result<Tensor, Raised> {
    let start = ring.at(offset, count).ok_or(Raised::Error)?;
    let [_, channels, rows, columns] = shape;
    let strides = [channels * rows * columns, rows * columns, columns, 1];
    // SAFETY: the tensor's `count` bytes lie within the mapping, which the caller holds while it copies from the tensor.
    Ok(unsafe { Tensor::f_from_blob(start, &shape, &strides, Kind::Uint8, Device::Cpu) }?)
}
