//! How a model is evaluated, in stages: *check* (check the file and write it again) → *prepare*
//! (the images, once a test set) → *evaluate* (a run, and a second one that must agree).

pub(crate) mod agree;
mod batches;
pub(crate) mod by_time;
mod check;
mod evaluate;
mod prepare;
mod small_model;
pub(crate) mod steps;

pub(crate) use by_time::ByTime;
pub(crate) use check::{PackedModel, check_and_pack};
pub(crate) use evaluate::{EvaluatedModel, evaluate_twice};
pub(crate) use prepare::prepare_images;
pub(crate) use small_model::run_small_model;
