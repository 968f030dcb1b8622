// A look at the arguments of `_native_multi_head_attention` before libtorch has one.
//
// Every scripted `torch.nn.MultiheadAttention` and `torch.nn.TransformerEncoder` names this operator. It divides by the number of heads,
// and it reads the bias as so many contiguous numbers of the type of the weights, whatever the bias is: of smaller numbers, or of one
// that is repeated, there are fewer bytes than it reads.

#include "attention.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/DispatchKey.h>
#include <c10/util/Exception.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace {

constexpr const char* NAME = "aten::_native_multi_head_attention";
// Places among the arguments.
constexpr std::size_t HEADS = 4;
constexpr std::size_t WEIGHT = 5;
constexpr std::size_t BIAS = 6;

class Guarded final : public c10::OperatorKernel {
 public:
  explicit Guarded(c10::SafeKernelFunction kernel) : kernel_(std::move(kernel)) {}

  void operator()(const c10::OperatorHandle& self, c10::DispatchKeySet keys, torch::jit::Stack* stack) {
    const std::size_t count = self.schema().arguments().size();
    const auto argument = [&](std::size_t place) -> const c10::IValue& { return torch::jit::peek(*stack, place, count); };
    const at::Tensor& weight = argument(WEIGHT).toTensor();
    const at::Tensor& bias = argument(BIAS).toTensor();
    TORCH_CHECK(argument(HEADS).toInt() > 0, "attention needs one head or more");
    TORCH_CHECK(bias.scalar_type() == weight.scalar_type(), "the bias of attention has another type than its weights");
    TORCH_CHECK(bias.is_contiguous(), "the bias of attention is not contiguous");
    kernel_.callBoxed(self, keys, stack);
  }

 private:
  c10::SafeKernelFunction kernel_;
};

} // namespace

namespace holdout {

void guard_attention() {
  // For the rest of the process: never taken back, not even while it ends.
  static auto* const guards = new std::vector<c10::RegistrationHandleRAII>();
  if (!guards->empty()) {
    return;
  }
  auto& dispatcher = c10::Dispatcher::singleton();
  const c10::OperatorHandle attention = dispatcher.findSchemaOrThrow(NAME, "");
  for (const c10::DispatchKey key : {c10::DispatchKey::CPU, c10::DispatchKey::CUDA}) {
    if (attention.hasKernelForDispatchKey(key)) {
      auto kernel = std::make_unique<Guarded>(attention.getComputedKernelForDispatchKey(key));
      guards->push_back(dispatcher.registerImpl(
          attention.operator_name(), key, c10::KernelFunction::makeFromBoxedFunctor(std::move(kernel)), std::nullopt, nullptr, "holdout"));
    }
  }
}

} // namespace holdout
