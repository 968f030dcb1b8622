#include "errors.h"

namespace holdout {

Cause cause;

std::int32_t code_of_text(const char* text) noexcept {
  constexpr std::array<const char*, 3> device{
      "CUDA out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"};
  constexpr std::array<const char*, 3> host{"std::bad_alloc", "DefaultCPUAllocator: ", "mkldnn_memory_allocation"};
  auto contained = [text](const char* part) { return std::strstr(text, part) != nullptr; };
  if (std::any_of(device.begin(), device.end(), contained)) {
    return HOLDOUT_DEVICE_MEMORY;
  }
  return std::any_of(host.begin(), host.end(), contained) ? HOLDOUT_MEMORY : HOLDOUT_ERROR;
}

} // namespace holdout
