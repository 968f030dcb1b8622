#include "shim.h"

#include "attention.h"
#include "device.h"
#include "errors.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/Storage.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/codegen/fuser/interface.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <future>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

struct Origin;

} // namespace

struct HoldoutModule {
  torch::jit::Module module;
  c10::Device device;
  at::Tensor output;
  // What the module was when it was loaded, if it has to become that again.
  std::shared_ptr<Origin> origin;
  // What libtorch did to `module`: HOLDOUT_AS_SENT, HOLDOUT_FROZEN or HOLDOUT_OPTIMISED.
  std::int32_t optimisation;
  // The module as it was sent, until enough calls have shown that `module` computes the same.
  std::optional<torch::jit::Module> sent;
  std::int32_t compared;
};

namespace {

using holdout::cause;
using holdout::device_of;
using holdout::guarded;
using torch::jit::Module;

// Reads an archive that lies in memory; what is read is copied once, into the tensor that wants it.
class Memory final : public caffe2::serialize::ReadAdapterInterface {
 public:
  Memory(std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::size_t size() const override {
    return size_;
  }

  std::size_t read(std::uint64_t position, void* buffer, std::size_t count, const char* /*what*/) const override {
    if (position >= size_) {
      return 0;
    }
    const std::size_t take = std::min<std::size_t>(count, size_ - position);
    std::memcpy(buffer, data_ + position, take);
    if (take >= WORTH_SHARING) {
      copies_.insert_or_assign(buffer, Copied{data_ + position, take});
    }
    return take;
  }

  // Where the `count` bytes at `buffer` were copied from, if they were and still are the same. Each place is given once: what was
  // copied twice is not the same memory.
  std::uint8_t* take_original(const void* buffer, std::size_t count) {
    const auto found = copies_.find(buffer);
    if (found == copies_.end() || found->second.count != count) {
      return nullptr;
    }
    // The address may be that of another block by now.
    std::uint8_t* original = found->second.original;
    return std::memcmp(buffer, original, count) == 0 && taken_.insert(original).second ? original : nullptr;
  }

 private:
  // Small tensors are cheaper to copy than to fault in.
  constexpr static std::size_t WORTH_SHARING = 64 << 10;

  struct Copied {
    std::uint8_t* original;
    std::size_t count;
  };

  std::uint8_t* data_;
  std::size_t size_;
  mutable std::unordered_map<const void*, Copied> copies_;
  std::unordered_set<const std::uint8_t*> taken_;
};

// Gives memory that is filled with numbers drawn again in every run, finite in every floating-point type. So what a model reads
// without having written it differs from run to run, instead of being the same zeros in both.
class Noise final : public c10::Allocator {
 public:
  Noise(c10::Allocator* under, std::uint64_t seed) : under_(under), state_(seed), numbers_(2 * PERIOD) {
    std::uint64_t state = seed;
    const auto half = numbers_.begin() + PERIOD;
    // With the bits cleared that would make a number negative or infinite.
    std::generate(numbers_.begin(), half, [&state] { return mixed(state += STEP) & 0x3fff3fff3fff3fff; });
    std::copy(numbers_.begin(), half, half);
  }

  c10::DataPtr allocate(std::size_t count) override {
    c10::DataPtr memory = under_->allocate(count);
    if (!quiet_.load(std::memory_order_relaxed)) {
      fill(static_cast<std::uint8_t*>(memory.get()), count);
    }
    return memory;
  }

  c10::DeleterFnPtr raw_deleter() const override {
    return under_->raw_deleter();
  }

  void copy_data(void* target, const void* source, std::size_t count) const override {
    under_->copy_data(target, source, count);
  }

  void set_quiet(bool quiet) {
    quiet_.store(quiet, std::memory_order_relaxed);
  }

 private:
  // Numbers that are drawn, and copied again and again: half of a processor's second cache.
  constexpr static std::size_t PIECE = 128 << 10;
  constexpr static std::size_t PERIOD = PIECE / sizeof(std::uint64_t);
  constexpr static std::uint64_t STEP = 0x9e3779b97f4a7c15;

  // SplitMix64 (Steele, Lea and Flood 2014).
  static std::uint64_t mixed(std::uint64_t state) {
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
    return state ^ (state >> 31);
  }

  // Copies pieces of the numbers, each from a place drawn for it. Drawing each number would take a quarter of the time of a network.
  void fill(std::uint8_t* memory, std::size_t count) {
    const std::uint64_t first = state_.fetch_add(STEP * (count / PIECE + 1), std::memory_order_relaxed);
    const auto pieces = static_cast<std::int64_t>((count + PIECE - 1) / PIECE);
    at::parallel_for(0, pieces, /*grain_size=*/16, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t piece = begin; piece < end; ++piece) {
        const std::size_t place = piece * PIECE;
        const std::size_t from = mixed(first + STEP * (piece + 1)) % PERIOD;
        std::memcpy(memory + place, &numbers_[from], std::min(PIECE, count - place));
      }
    });
  }

  c10::Allocator* under_;
  std::atomic<std::uint64_t> state_;
  std::atomic<bool> quiet_{false};
  std::vector<std::uint64_t> numbers_;
};

// The noise of this process, if there is any.
Noise* noise = nullptr;

// While it lives, new memory is not filled: whoever asks for it writes all of it.
class Quiet {
 public:
  Quiet() {
    set(true);
  }
  ~Quiet() {
    set(false);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  static void set(bool quiet) {
    if (noise != nullptr) {
      noise->set_quiet(quiet);
    }
  }
};

// Whether a tensor is a view of plain memory.
bool is_plain(const at::Tensor& tensor) {
  return !tensor.is_nested() && tensor.layout() == c10::kStrided && !tensor.is_quantized() && tensor.has_storage();
}

// All bytes of a storage.
at::Tensor bytes_of(const c10::Storage& storage, c10::Device device) {
  const auto size = static_cast<std::int64_t>(storage.nbytes());
  return at::empty({0}, at::TensorOptions(c10::kByte).device(device)).set_(storage, 0, {size}, {1});
}

at::Tensor copy_of_bytes(const c10::Storage& storage, c10::Device device) {
  const Quiet quiet;
  const at::Tensor bytes = bytes_of(storage, device);
  return at::empty(bytes.sizes(), bytes.options()).copy_(bytes);
}

// Calls `found` with each tensor of a module.
template <typename Found>
void visit_values(const Module& module, Found found) {
  std::unordered_set<const void*> seen;
  c10::IValue(module._ivalue()).visit([&](const c10::IValue& value) {
    if (value.isTensor()) {
      found(value);
      return true;
    }
    // Values may be held in many places, each of which would be gone through.
    return !value.isPtrType() || !seen.insert(value.internalToPointer()).second;
  });
}

// Storages whose bytes are those of the archive, in a private mapping that is restored before each batch.
class InArchive {
 public:
  InArchive(const Module& module, std::shared_ptr<Memory> memory) : memory_(std::move(memory)) {
    visit_values(module, [this](const c10::IValue& value) { add(value.toTensor()); });
  }

  // Lets a storage that was just loaded use the archive's bytes instead of its copy of them.
  void add(const at::Tensor& tensor) {
    if (!tensor.defined() || !is_plain(tensor) || !tensor.device().is_cpu()) {
      return;
    }
    c10::StorageImpl* storage = tensor.storage().unsafeGetStorageImpl();
    if (has(storage)) {
      return;
    }
    if (std::uint8_t* original = memory_->take_original(storage->data(), storage->nbytes())) {
      storage->set_data_ptr_noswap(c10::DataPtr(original, c10::kCPU));
      places_.emplace(storage, Place{original, storage->nbytes()});
    }
  }

  bool has(const c10::StorageImpl* storage) const {
    return places_.count(storage) != 0;
  }

  // Whether a storage that this has still lies where it did.
  bool is_untouched(const c10::StorageImpl* storage) const {
    const Place& place = places_.at(storage);
    return storage->data() == place.data && storage->nbytes() == place.count;
  }

 private:
  struct Place {
    const void* data;
    std::size_t count;
  };

  std::shared_ptr<Memory> memory_;
  std::unordered_map<const c10::StorageImpl*, Place> places_;
};

// Copies of tensors. Tensors that share memory have copies that share memory, so that a view of a number that claims to be large
// stays as small as it is.
class Copies {
 public:
  explicit Copies(const InArchive& in_archive) : in_archive_(in_archive) {}

  at::Tensor of(const at::Tensor& tensor) {
    if (!is_plain(tensor)) {
      return tensor.clone();
    }
    c10::StorageImpl* original = tensor.storage().unsafeGetStorageImpl();
    auto [known, is_new] = storages_.try_emplace(original);
    if (is_new && in_archive_.has(original)) {
      // What was written to it is gone, so it is a copy already.
      c10::DataPtr bytes(original->mutable_data(), c10::kCPU);
      known->second = c10::Storage(c10::Storage::use_byte_size_t(), original->nbytes(), std::move(bytes));
    } else if (is_new) {
      known->second = copy_of_bytes(tensor.storage(), tensor.device()).storage();
    }
    at::Tensor copy = at::empty({0}, tensor.options())
                          .set_(known->second, tensor.storage_offset(), tensor.sizes(), tensor.strides());
    copy._set_neg(tensor.is_neg());
    if (tensor.is_complex()) {
      copy._set_conj(tensor.is_conj());
    }
    return copy;
  }

 private:
  const InArchive& in_archive_;
  std::unordered_map<const c10::StorageImpl*, c10::Storage> storages_;
};

// A module that shares no object with `module`, and no memory but what is restored before each batch.
Module copy_of(const Module& module, const InArchive& in_archive) {
  Copies copies(in_archive);
  c10::IValue::HashIdentityIValueMap copied;
  visit_values(module, [&](const c10::IValue& value) {
    if (value.toTensor().defined() && copied.count(value) == 0) {
      copied.emplace(value, copies.of(value.toTensor()));
    }
  });
  return Module(module._ivalue()->deepcopy(copied));
}

// The constants of a module's code. They belong to the code, which all copies of the module share, so that a model can keep state
// in them.
class Constants {
 public:
  Constants(const Module& module, InArchive& in_archive) : in_archive_(in_archive) {
    for (torch::jit::Function* function : module._ivalue()->compilation_unit()->get_functions()) {
      if (auto* with_graph = torch::jit::tryToGraphFunction(*function)) {
        add(with_graph->graph()->block());
      }
    }
  }

  // Whether all are what they were, for certain.
  bool are_unchanged() const {
    return !uncertain_ && std::all_of(tensors_.begin(), tensors_.end(), [this](const Kept& kept) {
      const at::Tensor& now = kept.tensor;
      return is_plain(now) && now.sizes() == kept.sizes && now.strides() == kept.strides &&
          now.storage_offset() == kept.offset && now.is_neg() == kept.neg && has_same_bytes(now, kept);
    });
  }

 private:
  struct Kept {
    at::Tensor tensor;
    // Undefined if they are in the archive, where nobody can change them for longer than a batch.
    at::Tensor bytes;
    const c10::StorageImpl* storage;
    std::vector<std::int64_t> sizes;
    std::vector<std::int64_t> strides;
    std::int64_t offset;
    bool neg;
  };

  void add(const torch::jit::Block* block) {
    for (const torch::jit::Node* node : block->nodes()) {
      if (node->kind() == c10::prim::Constant && node->hasAttribute(c10::attr::value)) {
        add(node);
      }
      for (const torch::jit::Block* inner : node->blocks()) {
        add(inner);
      }
    }
  }

  void add(const torch::jit::Node* node) {
    using torch::jit::AttributeKind;
    switch (node->kindOf(c10::attr::value)) {
      case AttributeKind::i:
      case AttributeKind::f:
      case AttributeKind::c:
      case AttributeKind::s:
        return;
      case AttributeKind::t:
        add(node->t(c10::attr::value));
        return;
      default:
        // A list, a dict or an object, which can be changed in many ways.
        uncertain_ = true;
    }
  }

  void add(const at::Tensor& tensor) {
    if (!tensor.defined()) {
      return;
    }
    if (!is_plain(tensor)) {
      uncertain_ = true;
      return;
    }
    in_archive_.add(tensor);
    const c10::StorageImpl* storage = tensor.storage().unsafeGetStorageImpl();
    tensors_.push_back(
        {tensor,
         in_archive_.has(storage) ? at::Tensor() : copy_of_bytes(tensor.storage(), tensor.device()),
         storage,
         tensor.sizes().vec(),
         tensor.strides().vec(),
         tensor.storage_offset(),
         tensor.is_neg()});
  }

  bool has_same_bytes(const at::Tensor& now, const Kept& kept) const {
    if (!kept.bytes.defined()) {
      return now.storage().unsafeGetStorageImpl() == kept.storage && in_archive_.is_untouched(kept.storage);
    }
    return now.storage().nbytes() == static_cast<std::size_t>(kept.bytes.numel()) &&
        at::equal(bytes_of(now.storage(), now.device()), kept.bytes);
  }

  InArchive& in_archive_;
  std::vector<Kept> tensors_;
  bool uncertain_ = false;
};

// A module as it was loaded, which is never called.
struct Origin {
  Origin(Module loaded, std::shared_ptr<Memory> memory)
      : module(std::move(loaded)), in_archive(module, std::move(memory)), constants(module, in_archive) {}

  Module module;
  InArchive in_archive;
  Constants constants;
  bool is_new = true;
};

// The lower and upper bound of a clamp.
using Bounds = std::pair<double, double>;

// Whether this is `relu6`, which has its bounds in its name.
bool is_relu6(const torch::jit::Node* clamp) {
  return clamp->inputs().size() == 1;
}

// The bounds of a clamp if both are written into the graph as floating-point numbers.
std::optional<Bounds> bounds_of(const torch::jit::Node* clamp) {
  if (is_relu6(clamp)) {
    return Bounds{0.0, 6.0};
  }
  const std::optional<c10::IValue> lower = torch::jit::toIValue(clamp->input(1));
  const std::optional<c10::IValue> upper = torch::jit::toIValue(clamp->input(2));
  if (!lower || !upper || !lower->isDouble() || !upper->isDouble()) {
    return std::nullopt;
  }
  return Bounds{lower->toDouble(), upper->toDouble()};
}

// The clamps with two bounds in a block and the blocks within it.
void find_clamps(torch::jit::Block* block, std::vector<torch::jit::Node*>& clamps) {
  const static std::unordered_set<c10::Symbol> kinds{
      c10::Symbol::aten("clamp"),
      c10::Symbol::aten("clamp_"),
      c10::Symbol::aten("clip"),
      c10::Symbol::aten("clip_"),
      c10::Symbol::aten("hardtanh"),
      c10::Symbol::aten("hardtanh_")};
  for (torch::jit::Node* node : block->nodes()) {
    const bool is_relu6 = node->kind() == c10::Symbol::aten("relu6") || node->kind() == c10::Symbol::aten("relu6_");
    if (is_relu6 || (kinds.count(node->kind()) != 0 && node->inputs().size() == 3)) {
      clamps.push_back(node);
    }
    for (torch::jit::Block* inner : node->blocks()) {
      find_clamps(inner, clamps);
    }
  }
}

// Replaces a clamp by one of its lower and one of its upper bound, in place if it was in place.
void split_clamp(torch::jit::Node* clamp) {
  const std::string name = clamp->kind().toUnqualString();
  const std::string suffix = name.back() == '_' ? "_" : "";
  torch::jit::Value* value = clamp->input(0);
  std::array<torch::jit::Value*, 2> bounds{};
  if (is_relu6(clamp)) {
    const torch::jit::WithInsertPoint before(clamp);
    bounds = {clamp->owningGraph()->insertConstant(0.0), clamp->owningGraph()->insertConstant(6.0)};
  } else {
    bounds = {clamp->input(1), clamp->input(2)};
  }
  const std::array<const char*, 2> parts{"clamp_min", "clamp_max"};
  for (std::size_t part = 0; part < parts.size(); ++part) {
    torch::jit::Value* bound = bounds[part];
    if (bound->type()->kind() == c10::TypeKind::NoneType) {
      continue;
    }
    TORCH_CHECK(bound->type()->kind() != c10::TypeKind::OptionalType);
    torch::jit::Node* node = clamp->owningGraph()->create(c10::Symbol::aten(parts[part] + suffix), {value, bound});
    node->insertBefore(clamp)->output()->setType(clamp->output()->type());
    value = node->output();
  }
  clamp->output()->replaceAllUsesWith(value);
  clamp->destroy();
}

// Hides clamps from the pass `ConvertFrozenOpsToMKLDNN`. It gives every clamp of a graph the bounds of the first one that it
// meets, and fails at bounds that are whole numbers or missing. The clamps that have the most common bounds can stay, because
// these are right for each of them.
void repair_clamps(torch::jit::Graph& graph) {
  std::vector<torch::jit::Node*> clamps;
  find_clamps(graph.block(), clamps);
  std::map<Bounds, std::size_t> counts;
  for (const torch::jit::Node* clamp : clamps) {
    if (const std::optional<Bounds> bounds = bounds_of(clamp)) {
      ++counts[*bounds];
    }
  }
  const auto fewer = [](const auto& one, const auto& other) { return one.second < other.second; };
  const auto common = std::max_element(counts.begin(), counts.end(), fewer);
  for (torch::jit::Node* clamp : clamps) {
    const std::optional<Bounds> bounds = bounds_of(clamp);
    if (!bounds || *bounds != common->first) {
      split_clamp(clamp);
    }
  }
}

// Whether a graph draws random numbers, or takes statistics of the batch, whatever the mode of the module: it was traced in training
// mode, or calls the function with `training=True`.
bool is_in_training(const torch::jit::Block* block) {
  // By kind, the input that says whether this is training.
  const static std::unordered_map<c10::Symbol, std::size_t> switches{
      {c10::Symbol::aten("dropout"), 2},
      {c10::Symbol::aten("dropout_"), 2},
      {c10::Symbol::aten("feature_dropout"), 2},
      {c10::Symbol::aten("feature_dropout_"), 2},
      {c10::Symbol::aten("alpha_dropout"), 2},
      {c10::Symbol::aten("alpha_dropout_"), 2},
      {c10::Symbol::aten("feature_alpha_dropout"), 2},
      {c10::Symbol::aten("batch_norm"), 5}};
  for (const torch::jit::Node* node : block->nodes()) {
    const auto known = switches.find(node->kind());
    if (known != switches.end() && node->inputs().size() > known->second) {
      const std::optional<c10::IValue> training = torch::jit::toIValue(node->input(known->second));
      if (training && training->isBool() && training->toBool()) {
        return true;
      }
    }
    for (const torch::jit::Block* inner : node->blocks()) {
      if (is_in_training(inner)) {
        return true;
      }
    }
  }
  return false;
}

bool is_in_training(const Module& module) {
  const std::vector<torch::jit::Function*> functions = module._ivalue()->compilation_unit()->get_functions();
  return std::any_of(functions.begin(), functions.end(), [](torch::jit::Function* function) {
    auto* with_graph = torch::jit::tryToGraphFunction(*function);
    return with_graph != nullptr && is_in_training(with_graph->graph()->block());
  });
}

// Does what may fail, and says whether it did not. Running out of memory is thrown on.
template <class Work>
bool succeeds(Work&& work) {
  const std::int32_t code = guarded(std::forward<Work>(work));
  if (code == HOLDOUT_MEMORY || code == HOLDOUT_DEVICE_MEMORY) {
    throw std::bad_alloc();
  }
  return code == HOLDOUT_DONE;
}

// Freezes, or gives nothing where libtorch cannot.
std::optional<Module> frozen_of(const Module& module) {
  std::optional<Module> result;
  const bool done = succeeds([&] { result = torch::jit::freeze(module); });
  return done ? result : std::nullopt;
}

// Freezes and optimises, or gives nothing where libtorch cannot.
std::optional<Module> optimised_of(const Module& module) {
  std::optional<Module> frozen = frozen_of(module);
  const bool done = frozen && succeeds([&] {
    repair_clamps(*frozen->get_method("forward").graph());
    frozen = torch::jit::optimize_for_inference(*frozen);
  });
  return done ? frozen : std::nullopt;
}

// The tensors among the values of a dictionary or a list.
std::vector<at::Tensor> tensors_in(const c10::IValue& value) {
  std::vector<at::Tensor> tensors;
  const auto add = [&tensors](const c10::IValue& entry) {
    if (entry.isTensor() && entry.toTensor().defined()) {
      tensors.push_back(entry.toTensor());
    }
  };
  if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      add(entry.value());
    }
  } else if (value.isList()) {
    for (const c10::IValue& entry : value.toListRef()) {
      add(entry);
    }
  }
  return tensors;
}

bool has_shape(const at::Tensor& tensor, std::int64_t images, std::int64_t classes) {
  return !tensor.is_nested() && tensor.dim() == 2 && tensor.size(0) == images && tensor.size(1) == classes;
}

bool is_dense(const at::Tensor& tensor) {
  return !tensor.is_nested() && tensor.layout() == c10::kStrided && !tensor.is_quantized();
}

// The tensor in what `forward` gave back: itself, the first element of a tuple, or the one in a dictionary or list that can be
// meant. That is the only tensor there, or the only one of the shape that is wanted. Undefined if there is none.
at::Tensor tensor_of(const c10::IValue& value, std::int64_t images, std::int64_t classes) {
  if (value.isTensor()) {
    return value.toTensor();
  }
  if (value.isTuple()) {
    const auto& elements = value.toTupleRef().elements();
    return !elements.empty() && elements[0].isTensor() ? elements[0].toTensor() : at::Tensor();
  }
  std::vector<at::Tensor> tensors = tensors_in(value);
  if (tensors.size() > 1) {
    const auto is_other = [=](const at::Tensor& tensor) { return !has_shape(tensor, images, classes); };
    tensors.erase(std::remove_if(tensors.begin(), tensors.end(), is_other), tensors.end());
  }
  return tensors.size() == 1 ? tensors.front() : at::Tensor();
}

std::int32_t kind_of_type(c10::ScalarType type) {
  switch (type) {
    case c10::ScalarType::Float:
    case c10::ScalarType::Half:
    case c10::ScalarType::BFloat16:
      return HOLDOUT_SINGLE;
    case c10::ScalarType::Double:
      return HOLDOUT_DOUBLE;
    case c10::ScalarType::Long:
      return HOLDOUT_INT64;
    default:
      return c10::isIntegralType(type, /*includeBool=*/false) ? HOLDOUT_OTHER_INTEGER : HOLDOUT_OTHER_TYPE;
  }
}

std::int32_t kind_of(const at::Tensor& tensor, c10::Device device) {
  if (!is_dense(tensor)) {
    return HOLDOUT_NOT_DENSE;
  }
  // What a model brought back to the CPU by itself is as good.
  if (tensor.device() != device && !tensor.device().is_cpu()) {
    return HOLDOUT_ELSEWHERE;
  }
  return kind_of_type(tensor.scalar_type());
}

// Share of the largest score that optimising may change. Sums in another order change far less, in half precision too; a pass that is
// wrong changes far more.
constexpr double OPTIMISATION_TOLERANCE = 1e-2;

// How many calls an optimised module is compared in: two batches of noise come first, then one of the test set, because some faults
// only show on pictures that are no noise.
constexpr std::int32_t COMPARED_CALLS = 3;

bool are_scores(const at::Tensor& tensor, std::int64_t images, std::int64_t classes) {
  return tensor.defined() && is_dense(tensor) && has_shape(tensor, images, classes) && tensor.numel() > 0;
}

bool are_close(const at::Tensor& found, const at::Tensor& wanted) {
  const at::Tensor numbers = wanted.to(at::kDouble);
  const double largest = numbers.nan_to_num(0, 0, 0).abs().max().item<double>();
  return found.scalar_type() == wanted.scalar_type() &&
      at::allclose(found.to(at::kDouble), numbers, /*rtol=*/0, /*atol=*/OPTIMISATION_TOLERANCE * largest, /*equal_nan=*/true);
}

// One of the first calls of an optimised module: what the module as it was sent answers. If the optimised one answers something else, or
// fails, it is given up for the one that is only frozen, and that for the one that was sent.
at::Tensor compared_answer(HoldoutModule& module, const at::Tensor& input, std::int64_t images, std::int64_t classes) {
  // A model may write to its input.
  const auto answer = [&](Module& one) { return tensor_of(one.forward({input.clone()}), images, classes); };
  const at::Tensor wanted = answer(*module.sent);
  const auto is_right = [&](Module& one) {
    bool close = false;
    const bool done = succeeds([&] {
      const at::Tensor found = answer(one);
      close = are_scores(found, images, classes) && are_close(found, wanted);
    });
    return done && close;
  };
  const bool comparable = are_scores(wanted, images, classes);
  if (!comparable || !is_right(module.module)) {
    std::optional<Module> frozen = comparable && module.optimisation == HOLDOUT_OPTIMISED ? frozen_of(*module.sent) : std::nullopt;
    const bool keep = frozen && is_right(*frozen);
    module.optimisation = keep ? HOLDOUT_FROZEN : HOLDOUT_AS_SENT;
    module.module = keep ? std::move(*frozen) : *module.sent;
  }
  module.compared += 1;
  if (module.optimisation == HOLDOUT_AS_SENT || module.compared == COMPARED_CALLS) {
    module.sent.reset();
  }
  return wanted;
}

void describe(const at::Tensor& tensor, HoldoutModule& module, HoldoutOutput& output) {
  output = HoldoutOutput{HOLDOUT_NOT_TENSOR, 0, {}};
  if (!tensor.defined()) {
    return;
  }
  output.kind = kind_of(tensor, module.device);
  if (!tensor.is_nested()) {
    const auto sizes = tensor.sizes();
    output.dimensions = static_cast<std::int32_t>(sizes.size());
    std::copy_n(sizes.begin(), std::min(sizes.size(), HOLDOUT_DIMENSIONS), output.sizes);
  }
  module.output = tensor;
}

} // namespace

std::int32_t holdout_configure(std::int32_t arithmetic) {
  return guarded([arithmetic] {
    torch::jit::setTensorExprFuserEnabled(false);
    torch::jit::overrideCanFuseOnCPU(false);
    torch::jit::overrideCanFuseOnGPU(false);
    torch::jit::getProfilingMode() = false;
    auto& context = at::globalContext();
    context.setAllowTF32CuBLAS(arithmetic == HOLDOUT_TF32);
    context.setAllowTF32CuDNN(arithmetic == HOLDOUT_TF32);
    if (arithmetic == HOLDOUT_BFLOAT16) {
      context.setFloat32Precision(at::Float32Backend::MKLDNN, at::Float32Op::ALL, at::Float32Precision::BF16);
    }
    // The fastest algorithm of a measurement is another one in another run, and a nondeterministic one differs within a run.
    context.setBenchmarkCuDNN(false);
    context.setDeterministicCuDNN(true);
    holdout::guard_attention();
  });
}

void holdout_keep_causes() {
  cause.keep();
}

std::size_t holdout_cause(char* text, std::size_t size) {
  return cause.copy_to(text, size);
}

std::int32_t holdout_load(
    std::uint8_t* data,
    std::size_t size,
    std::int32_t cuda,
    bool freeze,
    bool fresh,
    HoldoutModule** module,
    bool* training) {
  return guarded([&] {
    const c10::InferenceMode inference;
    const c10::Device device = device_of(cuda);
    auto memory = std::make_shared<Memory>(data, size);
    Module loaded = torch::jit::load(memory, device, /*load_debug_files=*/false);
    loaded.eval();
    // A module without `forward` throws here.
    loaded.get_method("forward");
    *training = is_in_training(loaded);
    if (!freeze && noise == nullptr) {
      // For the rest of the process, so never freed.
      const std::uint64_t seed = at::detail::getDefaultCPUGenerator().current_seed();
      noise = new Noise(c10::GetCPUAllocator(), seed);
      c10::SetCPUAllocator(noise, /*priority=*/255);
    }
    auto made = std::make_unique<HoldoutModule>(
        HoldoutModule{Module(), device, at::Tensor(), nullptr, HOLDOUT_AS_SENT, std::nullopt, 0});
    if (fresh) {
      made->origin = std::make_shared<Origin>(std::move(loaded), std::move(memory));
    } else if (std::optional<Module> fast = freeze ? optimised_of(loaded) : std::nullopt) {
      made->module = std::move(*fast);
      made->optimisation = HOLDOUT_OPTIMISED;
      made->sent = std::move(loaded);
    } else {
      made->module = std::move(loaded);
    }
    *module = made.release();
  });
}

std::int32_t holdout_optimisation(const HoldoutModule* module) {
  return module->optimisation;
}

std::int32_t holdout_forget(HoldoutModule* module) {
  return guarded([&] {
    const c10::InferenceMode inference;
    module->module = Module();
    module->output = at::Tensor();
  });
}

std::int32_t holdout_renew(HoldoutModule* module, bool* renewed) {
  return guarded([&] {
    const c10::InferenceMode inference;
    Origin& origin = *module->origin;
    *renewed = origin.is_new || origin.constants.are_unchanged();
    origin.is_new = false;
    if (*renewed) {
      module->module = copy_of(origin.module, origin.in_archive);
    }
  });
}

std::int32_t holdout_forward(
    HoldoutModule* module,
    const at::Tensor* input,
    std::int64_t classes,
    HoldoutOutput* output) {
  return guarded([&] {
    const std::int64_t images = input->size(0);
    const c10::InferenceMode inference;
    // The graph is run as it was loaded, or as `holdout_load` optimised it: no pass at the first or second call.
    const torch::jit::GraphOptimizerEnabledGuard plain(false);
    const at::Tensor answer = module->sent ? compared_answer(*module, *input, images, classes)
                                           : tensor_of(module->module.forward({*input}), images, classes);
    describe(answer, *module, *output);
  });
}

std::int32_t holdout_take(HoldoutModule* module, std::int32_t kind, std::int64_t count, HoldoutScores** scores) {
  return guarded([&] {
    const c10::InferenceMode inference;
    at::Tensor output = std::move(module->output);
    module->output = at::Tensor();
    TORCH_CHECK(output.defined() && output.numel() == count);
    *scores = holdout::scores_of(std::move(output), kind);
  });
}

void holdout_free(HoldoutModule* module) {
  // Not guarded: a destructor throws nothing, and the cause of the failure before is still wanted.
  delete module;
}

std::int32_t holdout_normalise(
    const std::uint8_t* bytes,
    std::int64_t planes,
    std::int64_t plane,
    const float* tables,
    float* values) {
  return guarded([=] {
    at::parallel_for(0, planes, /*grain_size=*/1, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t current = begin; current < end; ++current) {
        const float* table = tables + 256 * (current % 3);
        for (std::int64_t place = current * plane; place < (current + 1) * plane; ++place) {
          values[place] = table[bytes[place]];
        }
      }
    });
  });
}

std::int32_t holdout_start_tasks() {
  return guarded([] {
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> ended = done->get_future();
    at::launch([done] { done->set_value(); });
    ended.get();
  });
}
