// How whatever libtorch throws becomes a code, and the text of the last error.
#pragma once

#include "shim.h"

#include <c10/util/Exception.h>
#include <torch/csrc/jit/runtime/jit_exception.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <new>

namespace holdout {

// The text of the last error, if texts are kept. It lies in memory that is there already, because memory may have run out.
class Cause {
 public:
  void keep() noexcept {
    is_kept_ = true;
  }

  void forget() noexcept {
    size_ = 0;
  }

  void set(const char* text) noexcept {
    if (!is_kept_) {
      return;
    }
    const std::size_t length = std::strlen(text);
    if (length <= bytes_.size()) {
      std::memcpy(bytes_.data(), text, length);
      size_ = length;
      return;
    }
    // The error itself stands first if the code cannot be loaded, and last if it cannot be run.
    constexpr std::size_t half = (MOST - sizeof GAP) / 2;
    char* const tail = std::copy_n(GAP, sizeof GAP - 1, std::copy_n(text, half, bytes_.data()));
    size_ = static_cast<std::size_t>(std::copy_n(text + length - half, half, tail) - bytes_.data());
  }

  std::size_t copy_to(char* target, std::size_t size) const noexcept {
    const std::size_t count = std::min(size, size_);
    std::memcpy(target, bytes_.data(), count);
    return count;
  }

 private:
  static constexpr std::size_t MOST = 8192;
  static constexpr char GAP[] = "\n...\n";

  std::array<char, MOST> bytes_{};
  std::size_t size_ = 0;
  bool is_kept_ = false;
};

extern Cause cause;

// Whether a text is that of an allocator. Errors that pass through the interpreter keep nothing but their text.
std::int32_t code_of_text(const char* text) noexcept;

// Calls `work` and turns whatever it throws into a code.
template <class Work>
std::int32_t guarded(Work&& work) noexcept {
  cause.forget();
  try {
    work();
    return HOLDOUT_DONE;
  } catch (const torch::jit::JITException& error) {
    // Raised by the model's own code, with whatever text.
    cause.set(error.what());
    return HOLDOUT_ERROR;
  } catch (const c10::OutOfMemoryError&) {
    return HOLDOUT_DEVICE_MEMORY;
  } catch (const std::bad_alloc&) {
    return HOLDOUT_MEMORY;
  } catch (const c10::Error& error) {
    cause.set(error.what_without_backtrace());
    return code_of_text(error.what_without_backtrace());
  } catch (const std::exception& error) {
    cause.set(error.what());
    return code_of_text(error.what());
  } catch (...) {
    return HOLDOUT_ERROR;
  }
}

} // namespace holdout
