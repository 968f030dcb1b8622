// Large blocks of memory for tensors on the CPU: mapped one by one, and kept for the next batch when they are freed.
//
// The C library's heap has two faults with them. It needs more for an aligned block than it gets back, so the same tensor
// does not fit where it was in the batch before; and it serves small requests from the free room of a large block, which is
// too small from then on. A model then takes a multiple of what it needs.

#include "shim.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <sys/mman.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <new>
#include <unordered_map>

namespace {

// From this size on a block is mapped by itself. The heap serves smaller ones.
constexpr std::size_t LARGE = 8 << 20;
// The size of a huge page: blocks are multiples of it.
constexpr std::size_t UNIT = 2 << 20;

struct Block {
  void* begin;
  std::size_t size;
};

// The large blocks of this process. It never holds more than its tensors needed at once at some time, or `budget` if that is
// more.
class Blocks {
 public:
  void set_budget(std::size_t bytes) {
    budget_ = bytes;
  }

  void* take(std::size_t bytes) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (bytes > SIZE_MAX - UNIT) {
      throw std::bad_alloc();
    }
    const std::size_t size = (bytes + UNIT - 1) / UNIT * UNIT;
    // The smallest kept block that is not much too large.
    auto best = kept_.end();
    for (auto block = kept_.begin(); block != kept_.end(); ++block) {
      const bool fits = block->size >= size && block->size - size <= size / 8;
      if (fits && (best == kept_.end() || block->size < best->size)) {
        best = block;
      }
    }
    if (best != kept_.end()) {
      const Block block = *best;
      kept_.erase(best);
      kept_bytes_ -= block.size;
      return use(block);
    }
    const std::size_t needed = size > SIZE_MAX - used_bytes_ ? SIZE_MAX : used_bytes_ + size;
    const std::size_t most = std::max({peak_, needed, budget_});
    while (!kept_.empty() && kept_bytes_ > most - needed) {
      drop_oldest();
    }
    void* begin = map(size);
    while (begin == MAP_FAILED && !kept_.empty()) {
      drop_oldest();
      begin = map(size);
    }
    if (begin == MAP_FAILED) {
      throw std::bad_alloc();
    }
    return use(Block{begin, size});
  }

  // Takes a block back. Returns false if it is none of these.
  bool give_back(void* begin) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = used_.find(begin);
    if (found == used_.end()) {
      return false;
    }
    kept_.push_back(Block{begin, found->second});
    kept_bytes_ += found->second;
    used_bytes_ -= found->second;
    used_.erase(found);
    return true;
  }

 private:
  static void* map(std::size_t size) {
    return mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }

  void* use(const Block& block) {
    used_.emplace(block.begin, block.size);
    used_bytes_ += block.size;
    peak_ = std::max(peak_, used_bytes_);
    return block.begin;
  }

  void drop_oldest() {
    const Block block = kept_.front();
    kept_.pop_front();
    kept_bytes_ -= block.size;
    munmap(block.begin, block.size);
  }

  std::mutex mutex_;
  std::size_t budget_ = 0;
  // The one freed longest ago in front.
  std::list<Block> kept_;
  std::size_t kept_bytes_ = 0;
  std::unordered_map<void*, std::size_t> used_;
  std::size_t used_bytes_ = 0;
  std::size_t peak_ = 0;
};

// Never destroyed: tensors of other statics may outlive it.
Blocks& blocks() {
  static Blocks& blocks = *new Blocks();
  return blocks;
}

void release(void* begin) {
  if (begin != nullptr && !blocks().give_back(begin)) {
    c10::free_cpu(begin);
  }
}

class KeepingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* begin = bytes < LARGE ? c10::alloc_cpu(bytes) : blocks().take(bytes);
    return {begin, begin, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override {
    return &release;
  }

  void copy_data(void* target, const void* source, std::size_t bytes) const override {
    default_copy_data(target, source, bytes);
  }
};

} // namespace

std::int32_t holdout_keep_blocks(std::size_t budget) {
  try {
    blocks().set_budget(budget);
    static KeepingAllocator allocator;
    c10::SetCPUAllocator(&allocator, 1);
    return HOLDOUT_DONE;
  } catch (...) {
    return HOLDOUT_ERROR;
  }
}
