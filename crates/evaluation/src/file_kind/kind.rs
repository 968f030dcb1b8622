//! The kinds of files that are recognised.

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    /// No bytes.
    Empty,
    /// An archive of `torch.jit.save`.
    Torchscript,
    /// An archive of `torch.jit.save` with packed parameters of a quantised model.
    QuantisedTorchscript,
    /// A model for PyTorch Mobile: a flatbuffer, bytecode without code, or one prepared by
    /// `optimize_for_mobile`.
    MobileTorchscript,
    /// A checkpoint of `torch.save` in a zip archive: a state dict, or a dictionary with one in it.
    TorchSave,
    /// A module that `torch.save` pickled, without its code; the name of its class.
    PickledModule(String),
    /// A pickle, such as an old checkpoint of `torch.save`.
    Pickle,
    /// A program of `torch.export.save`, by PyTorch 2.9 or later.
    ExportedProgram,
    /// A program of `torch.export.save` by PyTorch 2.1 to 2.8, in which the weights are a pickle.
    OldExportedProgram,
    /// A package of AOTInductor.
    CompiledProgram,
    /// An ONNX model.
    Onnx,
    /// A safetensors file.
    Safetensors,
    /// An HDF5 file, as older Keras saves models.
    Hdf5,
    /// A Keras 3 archive.
    Keras,
    /// A TensorFlow Lite model.
    Tflite,
    /// A SavedModel of TensorFlow.
    SavedModel,
    /// A Core ML model.
    CoreMl,
    /// Weights for llama.cpp and its kin.
    Gguf,
    /// Arrays of NumPy, one or an archive of them.
    Numpy,
    /// A spreadsheet or office document.
    Spreadsheet,
    /// A zip archive of text files; the first of them.
    ZippedTable(String),
    /// A zip archive with a model in it; the first of them.
    ZippedModel(String),
    /// Another zip archive; its first file, if there is any.
    OtherZip(String),
    /// The beginning of a zip archive without a directory at its end.
    DamagedZip,
    /// A zip archive, and how many other bytes follow it.
    ZipWithSurplus(u64),
    /// A gzip of something other than text.
    CompressedModel,
    /// A compressed file of which no more is known.
    Compressed,
    /// A tar archive.
    Tar,
    /// A tar archive with a model in it; the first of them.
    TarredModel(String),
    /// A Git LFS pointer.
    GitLfsPointer,
    /// A web page.
    WebPage,
    /// An image.
    Image,
    /// A PDF document.
    Pdf,
    /// None of these; its first bytes, at most four.
    Other(Vec<u8>),
}
