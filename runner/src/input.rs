//! Batches as tensors.
#![expect(unsafe_code, reason = "tensors over memory that Rust or the scorer filled")]

use std::slice;

use holdout_protocol::RunnerLoad;
use tch::{Device, Kind, Tensor};

use crate::mapping::Mapping;
use crate::pixels::{CHANNELS, Normalisation};
use crate::torch::{Bus, Raised, cuda_index, normalise};

/// Turns batches of bytes into the input of a network: `float32[n, 3, side, side]` on its device.
#[derive(Debug)]
pub struct Input {
    side: usize,
    place: Place,
}

/// Where the numbers are computed.
#[derive(Debug)]
enum Place {
    /// Here, into a buffer that is kept: memory that is asked for again has to be cleared again by
    /// the kernel.
    Cpu { normalisation: Box<Normalisation>, buffer: Tensor, room: usize },
    /// On the device, from bytes: a quarter of the traffic. They travel while the batch before is
    /// computed. All three are tensors there, for a division by a number of the host's is done by
    /// multiplying with its inverse, which rounds otherwise than a CPU.
    Cuda { bus: Bus, scale: Tensor, mean: Tensor, std: Tensor },
}

impl Input {
    /// Makes the input of a task. Fails if the side is too large. At most `slots` batches of at
    /// most `slot_bytes` bytes are on their way at once.
    ///
    /// # Errors
    /// If the device's memory runs out.
    pub fn new(load: &RunnerLoad, device: Device, slots: usize, slot_bytes: usize) -> Result<Self, Raised> {
        let side = usize::try_from(load.side).map_err(|_| Raised::Error)?;
        let place = if let Some(cuda) = cuda_index(device) {
            let constant = |values: &[f32]| -> Result<Tensor, Raised> {
                let width = i64::try_from(values.len()).map_err(|_| Raised::Error)?;
                Ok(Tensor::f_from_slice(values)?.f_reshape([1, width, 1, 1])?.f_to_device(device)?)
            };
            let (scale, mean, std) = (constant(&[255.0])?, constant(&load.mean)?, constant(&load.std)?);
            Place::Cuda { bus: Bus::open(cuda, slots, slot_bytes)?, scale, mean, std }
        } else {
            let normalisation = Box::new(Normalisation::new(load.mean, load.std));
            Place::Cpu { normalisation, buffer: Tensor::f_empty([0], (Kind::Float, device))?, room: 0 }
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

    /// Returns the batch of `images` images that begins at `offset` of the ring, in this slot. On a
    /// CPU it shares memory with the batch before, which should be dropped by then.
    ///
    /// # Errors
    /// If memory runs out, or the batch is not within the ring.
    pub fn batch(&mut self, slot: usize, ring: &Mapping, offset: usize, images: usize) -> Result<Tensor, Raised> {
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
                normalise(normalisation, ring, offset, plane, numbers(&mut batch, bytes)?)?;
                Ok(batch)
            }
            Place::Cuda { bus, scale, mean, std } => {
                let bytes = bus.send(slot, ring, offset, bytes)?;
                let mut values = bytes.f_view(shape)?.f_to_kind(Kind::Float)?;
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
    // SAFETY: a dense tensor of `count` floats on the CPU, by the comparison above; nothing else
    // reads or writes it while the slice lives, for no model is running.
    Ok(unsafe { slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), count) })
}
