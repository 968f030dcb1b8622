#include "device.h"

#include "errors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

using holdout::device_of;
using holdout::guarded;

struct HoldoutScores {
  // On the host, unless there is no event: then it is the output itself.
  at::Tensor numbers;
  std::int32_t kind;
  std::optional<c10::Event> arrived;
};

struct HoldoutBus {
  struct Slot {
    at::Tensor host;
    at::Tensor device;
    c10::Event sent;
  };

  c10::impl::VirtualGuardImpl streams;
  c10::Device device;
  c10::Stream sending;
  std::vector<Slot> slots;
};

namespace {

// Sizes of the blocks that free memory is filled in, bytes. libtorch serves tensors of up to a megabyte from a pool of their own,
// which the first row is for.
constexpr std::int64_t SMALL = 512 << 10;
constexpr std::int64_t SMALL_BLOCKS = 64;
constexpr std::array<std::int64_t, 4> LARGE{256 << 20, 32 << 20, 4 << 20, SMALL};
// Bytes below this make numbers of every floating-point type finite and positive.
constexpr std::int64_t MOST_NOISE = 0x40;

c10::ScalarType type_of(std::int32_t kind) {
  switch (kind) {
    case HOLDOUT_DOUBLE:
      return c10::ScalarType::Double;
    case HOLDOUT_INT64:
      return c10::ScalarType::Long;
    default:
      return c10::ScalarType::Float;
  }
}

at::TensorOptions pinned(c10::ScalarType type) {
  return at::TensorOptions(type).pinned_memory(true);
}

// Adds blocks of noise until `most` of this size are there, or memory runs out. Returns how many there are.
std::int64_t add_noise(std::vector<at::Tensor>& blocks, std::int64_t size, std::int64_t most, c10::Device device) {
  for (std::int64_t count = 0; count < most; ++count) {
    try {
      blocks.push_back(at::empty({size}, at::TensorOptions(c10::kByte).device(device)).random_(0, MOST_NOISE));
    } catch (const c10::OutOfMemoryError&) {
      return count;
    }
  }
  return most;
}

} // namespace

namespace holdout {

c10::Device device_of(std::int32_t cuda) {
  return cuda < 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(cuda));
}

HoldoutScores* scores_of(at::Tensor output, std::int32_t kind) {
  if (!output.is_cuda()) {
    return new HoldoutScores{std::move(output), kind, std::nullopt};
  }
  auto scores = std::make_unique<HoldoutScores>(HoldoutScores{at::empty(output.sizes(), pinned(type_of(kind))), kind, std::nullopt});
  scores->numbers.copy_(output, /*non_blocking=*/true);
  scores->arrived.emplace(c10::kCUDA);
  scores->arrived->record(c10::impl::VirtualGuardImpl(c10::kCUDA).getStream(output.device()));
  return scores.release();
}

} // namespace holdout

std::int32_t holdout_copy(HoldoutScores* scores, void* target, std::int64_t count) {
  return guarded([&] {
    const c10::InferenceMode inference;
    if (scores->arrived) {
      scores->arrived->synchronize();
    }
    const at::Tensor& numbers = scores->numbers;
    TORCH_CHECK(numbers.numel() == count);
    // `copy_` minds strides, views and number formats; the output's own memory is never read here.
    at::from_blob(target, numbers.sizes(), at::TensorOptions(type_of(scores->kind))).copy_(numbers);
  });
}

void holdout_free_scores(HoldoutScores* scores) {
  delete scores;
}

std::int32_t holdout_open_bus(std::int32_t cuda, std::size_t slots, std::size_t bytes, HoldoutBus** bus) {
  return guarded([&] {
    const c10::InferenceMode inference;
    const c10::Device device = device_of(cuda);
    const c10::impl::VirtualGuardImpl streams(device.type());
    auto opened = std::make_unique<HoldoutBus>(HoldoutBus{streams, device, streams.getNewStream(device), {}});
    const auto size = static_cast<std::int64_t>(bytes);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      at::Tensor on_device = at::empty({size}, at::TensorOptions(c10::kByte).device(device));
      opened->slots.push_back({at::empty({size}, pinned(c10::kByte)), std::move(on_device), c10::Event(device.type())});
    }
    // The noise that lay in this memory is written by now, and not after the first batch has come.
    streams.synchronizeStream(streams.getStream(device));
    *bus = opened.release();
  });
}

std::int32_t holdout_send(
    HoldoutBus* bus,
    std::size_t slot,
    const std::uint8_t* data,
    std::size_t count,
    at::Tensor** images) {
  return guarded([&] {
    const c10::InferenceMode inference;
    HoldoutBus::Slot& used = bus->slots.at(slot);
    const auto size = static_cast<std::int64_t>(count);
    TORCH_CHECK(size <= used.host.numel());
    std::memcpy(used.host.data_ptr(), data, count);
    at::Tensor on_device = used.device.narrow(0, 0, size);
    {
      const c10::StreamGuard guard(bus->sending);
      on_device.copy_(used.host.narrow(0, 0, size), /*non_blocking=*/true);
      used.sent.record(bus->sending);
    }
    used.sent.block(bus->streams.getStream(bus->device));
    *images = new at::Tensor(std::move(on_device));
  });
}

void holdout_close_bus(HoldoutBus* bus) {
  delete bus;
}

std::int32_t holdout_fill(std::int32_t cuda, std::uint64_t budget, std::uint64_t* filled) {
  return guarded([&] {
    const c10::InferenceMode inference;
    const c10::Device device = device_of(cuda);
    auto left = static_cast<std::int64_t>(budget);
    std::vector<at::Tensor> blocks;
    left -= SMALL * add_noise(blocks, SMALL, std::min(SMALL_BLOCKS, left / SMALL), device);
    for (const std::int64_t size : LARGE) {
      left -= size * add_noise(blocks, size, left / size, device);
    }
    *filled = budget - static_cast<std::uint64_t>(left);
    blocks.clear();
    if (device.is_cuda()) {
      c10::getDeviceAllocator(device.type())->resetPeakStats(device.index());
    }
  });
}

std::int32_t holdout_peak_device_bytes(std::int32_t cuda, std::uint64_t* bytes) {
  return guarded([&] {
    const auto stats = c10::getDeviceAllocator(c10::kCUDA)->getDeviceStats(static_cast<c10::DeviceIndex>(cuda));
    const auto& total = stats.allocated_bytes[static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE)];
    *bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(total.peak, 0));
  });
}
