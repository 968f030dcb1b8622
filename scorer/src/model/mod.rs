//! The way of a model, from its file to ranked answers, in stages: *pack* (check the file and write it again) → *prepare*
//! (the images, once a test set) → *look* (a run, and a second one that must agree).

mod answers;
pub(crate) mod by_time;
mod compare;
mod images;
mod look;
mod order;
mod pack;
mod prepared;
pub(crate) mod steps;
mod task;

pub use answers::Answers;
pub use task::ModelTask;

pub(crate) use by_time::ByTime;
pub(crate) use images::{Images, Noise};
pub(crate) use look::{Looked, look, rounded};
pub(crate) use order::Order;
pub(crate) use pack::{Packed, pack};
pub(crate) use prepared::prepare;
