// What the runner needs of libtorch that tch does not offer: loading from memory, freezing, and a look at an output before it is
// touched. No exception leaves the shim, and no text but that of `holdout_cause`, which is empty unless it was asked for.
#pragma once

#include <cstddef>
#include <cstdint>

namespace at {
class Tensor;
}

extern "C" {

// How a call ended.
enum HoldoutCode : std::int32_t {
  HOLDOUT_DONE = 0,
  // The model, or libtorch on its behalf, raised an error.
  HOLDOUT_ERROR = 1,
  // The host's memory ran out.
  HOLDOUT_MEMORY = 2,
  // The device's memory ran out.
  HOLDOUT_DEVICE_MEMORY = 3,
};

// What `forward` gave back, in the order in which it is checked.
enum HoldoutKind : std::int32_t {
  HOLDOUT_NOT_TENSOR = 0,
  HOLDOUT_NOT_DENSE = 1,
  HOLDOUT_ELSEWHERE = 2,
  HOLDOUT_OTHER_TYPE = 3,
  // Floating-point numbers that a float holds exactly.
  HOLDOUT_SINGLE = 4,
  HOLDOUT_DOUBLE = 5,
  HOLDOUT_INT64 = 6,
  HOLDOUT_OTHER_INTEGER = 7,
};

constexpr std::size_t HOLDOUT_DIMENSIONS = 8;

struct HoldoutOutput {
  std::int32_t kind;
  // Number of dimensions; `sizes` holds the first of them.
  std::int32_t dimensions;
  std::int64_t sizes[HOLDOUT_DIMENSIONS];
};

struct HoldoutModule;

// An output on its way to the host.
struct HoldoutScores;

// Buffers between the host and a CUDA device.
struct HoldoutBus;

// How products of matrices and convolutions of float32 are computed.
constexpr std::int32_t HOLDOUT_FLOAT32 = 0;
// On CUDA only.
constexpr std::int32_t HOLDOUT_TF32 = 1;
// On a processor that can.
constexpr std::int32_t HOLDOUT_BFLOAT16 = 2;

// Settings of the whole process: no fusers, no profiling, and this arithmetic.
std::int32_t holdout_configure(std::int32_t arithmetic);

// Keeps the texts of errors from now on.
void holdout_keep_causes();

// Copies the text of the error that the last call raised, or its beginning and its end, and returns the number of its bytes. It
// is 0 without an error, and unless texts are kept. The text is whatever libtorch and the model wrote.
std::size_t holdout_cause(char* text, std::size_t size);

// What libtorch did to a module: nothing; `freeze`; `freeze` and `optimize_for_inference`.
#define HOLDOUT_AS_SENT 0
#define HOLDOUT_FROZEN 1
#define HOLDOUT_OPTIMISED 2

// Loads a module from memory onto the CPU (`cuda` = -1) or a CUDA device. `freeze`: freezes and optimises it where that succeeds. Its
// first calls compare it with the module as it was sent, and give up what changed the answers.
// Without, memory that the model did not write holds noise from then on, so that a second run sees whether answers depend on it.
// `fresh`: keeps what `holdout_renew` needs; not together with `freeze`. Tensors on the CPU then lie in `data`, where the model can
// write to them. The caller keeps it for as long as the module lives, and brings it back to what it was before `holdout_renew`.
std::int32_t holdout_load(
    std::uint8_t* data,
    std::size_t size,
    std::int32_t cuda,
    bool freeze,
    bool fresh,
    HoldoutModule** module,
    bool* training);

// Returns HOLDOUT_AS_SENT, HOLDOUT_FROZEN or HOLDOUT_OPTIMISED.
std::int32_t holdout_optimisation(const HoldoutModule* module);

// Frees what the last batch left behind: the module that was used up, and its output.
std::int32_t holdout_forget(HoldoutModule* module);

// Makes a module what it was when it was loaded, before a batch: every object of it is a new copy, and so is every tensor that does not
// lie in the archive. `renewed` is false if the model has changed the constants of its code, or may have: then it has to be loaded again.
std::int32_t holdout_renew(HoldoutModule* module, bool* renewed);

// Calls `forward` and describes the output (the scores among several tensors have `classes` columns), which the module keeps for `holdout_copy`.
std::int32_t holdout_forward(
    HoldoutModule* module,
    const at::Tensor* input,
    std::int64_t classes,
    HoldoutOutput* output);

// Takes the output of the last call, which must have `count` elements, from the module. Its numbers are on their way to the host
// then. `kind` says what they become: `double` for HOLDOUT_DOUBLE, `int64_t` for HOLDOUT_INT64 and `float` for HOLDOUT_SINGLE.
std::int32_t holdout_take(HoldoutModule* module, std::int32_t kind, std::int64_t count, HoldoutScores** scores);

// Waits for an output that was taken, and copies it into `target`, an array of its kind with room for `count` numbers.
std::int32_t holdout_copy(HoldoutScores* scores, void* target, std::int64_t count);

void holdout_free_scores(HoldoutScores* scores);

void holdout_free(HoldoutModule* module);

// Looks `planes × plane` bytes up in the tables of 256 numbers of the three channels, whose planes take turns, on all threads.
std::int32_t holdout_normalise(
    const std::uint8_t* bytes,
    std::int64_t planes,
    std::int64_t plane,
    const float* tables,
    float* values);

// Keeps large blocks of the host's memory for the next batch: no more than the tensors needed at once at some time, or `budget`
// bytes if that is more. To be called before the first tensor is made.
std::int32_t holdout_keep_blocks(std::size_t budget);

// Runs an empty task in the pool of inter-operator threads, so that the pool exists.
std::int32_t holdout_start_tasks();

// Makes buffers for `slots` batches of at most `bytes` bytes: on the host, where the device reads them by itself, and on the device.
std::int32_t holdout_open_bus(std::int32_t cuda, std::size_t slots, std::size_t bytes, HoldoutBus** bus);

// Sends `count` bytes to the device, on a stream of their own: they travel while the device computes what it was given before,
// and what it is given after waits for them. `images` becomes a tensor of these bytes, which belongs to the caller. The slot may be used
// again when what was computed from it has come back.
std::int32_t holdout_send(
    HoldoutBus* bus,
    std::size_t slot,
    const std::uint8_t* data,
    std::size_t count,
    at::Tensor** images);

void holdout_close_bus(HoldoutBus* bus);

// Fills free memory of a device with noise, up to `budget` bytes, and keeps it for the model. So nothing is left of what lay
// there before, and what a model reads without having written it differs from run to run. `filled` is how much it was.
std::int32_t holdout_fill(std::int32_t cuda, std::uint64_t budget, std::uint64_t* filled);

// Most bytes of tensors on the device at once since `holdout_fill`.
std::int32_t holdout_peak_device_bytes(std::int32_t cuda, std::uint64_t* bytes);
}
