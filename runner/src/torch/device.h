// Devices with memory of their own.
#pragma once

#include "shim.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace holdout {

// -1 is the CPU.
c10::Device device_of(std::int32_t cuda);

// Sends an output to the host.
HoldoutScores* scores_of(at::Tensor output, std::int32_t kind);

} // namespace holdout
