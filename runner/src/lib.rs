//! The runner: a process that runs one model for one scorer and can do nothing else.
//!
//! A TorchScript file is a program, and loading it runs it. So this crate assumes that whatever it
//! loads takes the process over, and takes from the process, before it loads anything, all that a
//! program could use: files, network, other processes, capabilities, most system calls. What
//! remains is to read one socket, compute, and write to that socket.
//!
//! The way through the crate: [`keeper`] reads the setup and forks → [`child`] closes the
//! [`sandbox`] around a warm libtorch ([`torch`]) → [`session`] answers batches. The messages are
//! those of [`holdout_protocol`].
//!
//! It is the only crate that links libtorch and the only one with `unsafe`; each module that needs
//! it says so.

pub mod answers;
pub mod arguments;
pub mod child;
pub mod control;
pub mod cuda;
pub mod descriptors;
pub mod devices;
pub mod environment;
mod flight;
pub mod host;
pub mod input;
pub mod keeper;
pub mod layers;
pub mod mapping;
pub mod pixels;
pub mod sandbox;
pub mod session;
pub mod torch;
