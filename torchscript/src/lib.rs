//! TorchScript archives: read, checked and written anew without libtorch.
