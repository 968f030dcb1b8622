//! Test images, decoded and transformed exactly as Pillow and torchvision do.
