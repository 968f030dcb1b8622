//! The peer of the runner: a bare libtorch loop over tensors in memory, without sandbox, images or
//! answers.
//!
//! `bare_loop MODEL SIDE THREADS BATCH BATCHES` prints a line of JSON with the images a second
//! after two batches of warming up.

#![expect(clippy::unwrap_used, reason = "a program for the benchmark")]

use std::time::Instant;

use tch::{CModule, Device, Kind, Tensor};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().unwrap();
    let mut number = || arguments.next().unwrap().parse::<i32>().unwrap();
    let (side, threads, batch, batches) = (number(), number(), number(), number());
    tch::set_num_threads(threads);
    let mut module = CModule::load(model).unwrap();
    module.set_eval();
    let _no_gradients = tch::no_grad_guard();
    let shape = [i64::from(batch), 3, i64::from(side), i64::from(side)];
    let inputs: Vec<Tensor> = (0..4).map(|_| Tensor::rand(shape, (Kind::Float, Device::Cpu))).collect();
    let forward = |input: &Tensor| module.forward_ts(&[input]).unwrap();
    inputs.iter().take(2).for_each(|input| drop(forward(input)));
    let begun = Instant::now();
    let run = inputs.iter().cycle().take(usize::try_from(batches).unwrap());
    let answered = run.map(|input| forward(input).size().first().copied().unwrap()).sum::<i64>();
    let seconds = begun.elapsed().as_secs_f64();
    let rate = f64::from(batch) * f64::from(batches) / seconds;
    println!(r#"{{"images":{answered},"seconds":{seconds},"images_per_second":{rate}}}"#);
}
