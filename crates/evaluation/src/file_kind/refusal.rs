//! The verdict on a file that is not what it was sent as.

use holdout_protocol::{HintCode, SubmissionKind, Verdict, VerdictCode, VerdictDetail, plural};

use super::kind::FileKind;

impl FileKind {
    /// Returns the verdict on the file as a submission of `kind`; `None` if it may be one.
    #[must_use]
    pub fn refusal(&self, kind: SubmissionKind, size: u64) -> Option<Verdict> {
        let (code, wanted) = match kind {
            SubmissionKind::Torchscript if self.is_model() => return None,
            SubmissionKind::Torchscript => (VerdictCode::NotTorchscript, HintCode::WantedArchive),
            SubmissionKind::Predictions if self.may_be_text() => return None,
            SubmissionKind::Predictions => (VerdictCode::NotText, HintCode::WantedText),
        };
        let found = self.describe(size);
        let noun = if kind == SubmissionKind::Torchscript { "a model that can be run" } else { "a prediction file" };
        let message = format!("the file is not {noun}: it is {found}");
        let hints = self.what_to_do(kind).into_iter().collect();
        let detail = VerdictDetail {
            faults: 1,
            hints,
            found: Some(found),
            file_kind: Some(self.as_str().to_owned()),
            ..VerdictDetail::default()
        }
        .with_wanted(wanted.into());
        Some(Verdict::new(code, message, detail))
    }

    /// Returns whether the check of prediction files has more to say of the file than that it is of
    /// another kind.
    const fn may_be_text(&self) -> bool {
        matches!(self, Self::Empty | Self::Compressed | Self::Pdf | Self::Other(_))
    }

    /// Returns what a file of `size` bytes is, with its article: `a Git LFS pointer, …`.
    #[must_use]
    pub fn describe(&self, size: u64) -> String {
        let text = match self {
            Self::Empty => "empty, 0 bytes",
            Self::Torchscript => "a TorchScript model",
            Self::QuantisedTorchscript => "a quantised TorchScript model",
            Self::MobileTorchscript => "a model for PyTorch Mobile",
            Self::TorchSave => {
                "a checkpoint of torch.save (a state dict, or a dictionary with one in it), which has weights and no code"
            }
            Self::PickledModule(class) => {
                return format!("a module of the class `{class}` that torch.save pickled without its code");
            }
            Self::Pickle => "a pickle, as torch.save wrote checkpoints before PyTorch 1.6",
            Self::ExportedProgram => "a program of torch.export (`.pt2`)",
            Self::OldExportedProgram => {
                "a program of torch.export (`.pt2`) by a PyTorch before 2.9, whose weights are a pickle"
            }
            Self::CompiledProgram => "compiled code, a package of AOTInductor",
            Self::Onnx => "an ONNX model",
            Self::Safetensors => "a safetensors file, which has weights and no code",
            Self::Hdf5 => "an HDF5 file, as Keras saves models",
            Self::Keras => "a Keras model",
            Self::Tflite => "a TensorFlow Lite model",
            Self::SavedModel => "a SavedModel of TensorFlow",
            Self::CoreMl => "a Core ML model",
            Self::Gguf => "a GGUF file of weights, as llama.cpp reads them",
            Self::Numpy => "arrays of NumPy",
            Self::Spreadsheet => "a spreadsheet or office document",
            Self::ZippedTable(name) => return format!("a zip archive of the text file `{name}`"),
            Self::ZippedModel(name) => return format!("a zip archive of the model `{name}`"),
            Self::OtherZip(name) if name.is_empty() => return format!("an empty zip archive, {size} bytes"),
            Self::OtherZip(name) => return format!("a zip archive with the file `{name}`"),
            Self::DamagedZip => {
                return format!("the beginning of a zip archive, {size} bytes, without the end that lists its files");
            }
            Self::ZipWithSurplus(surplus) => {
                let bytes = plural(*surplus, "byte");
                return format!("a zip archive with {surplus} {bytes} behind its end, {size} bytes in all");
            }
            Self::CompressedModel => "a compressed model, by gzip",
            Self::Compressed => "a compressed file",
            Self::Tar => "a tar archive",
            Self::TarredModel(name) => return format!("a tar archive of the model `{name}`"),
            Self::GitLfsPointer => "a Git LFS pointer, which stands for a file that was not downloaded",
            Self::WebPage => "a web page, as a download link gives if it needs a login or a confirmation",
            Self::Image => "an image",
            Self::Pdf => "a PDF document",
            Self::Other(first) => return format!("{size} bytes that begin with `{}`", first.escape_ascii()),
        };
        text.to_owned()
    }

    /// Returns what to do about it, if there is more to say than the verdict's advice.
    fn what_to_do(&self, kind: SubmissionKind) -> Option<String> {
        let model = kind == SubmissionKind::Torchscript;
        let text = match self {
            Self::TorchSave | Self::Pickle | Self::Safetensors if model => {
                "Load the weights into your network and save it."
            }
            Self::PickledModule(_) if model => "Load the module and save it with its code.",
            Self::Onnx | Self::Hdf5 | Self::Keras | Self::Tflite | Self::SavedModel | Self::CoreMl | Self::Gguf
                if model =>
            {
                "Models of other formats are not converted; save the PyTorch network that it came from, `net`."
            }
            Self::QuantisedTorchscript if model => "Quantised models are not accepted; save the float network, `net`.",
            Self::MobileTorchscript if model => {
                "Save the network itself, `net`, without `optimize_for_mobile` and not for the lite interpreter."
            }
            Self::OldExportedProgram if model => "Export the network, `net`, again with PyTorch 2.9 or later.",
            Self::CompiledProgram if model => {
                "This is compiled code; send the exported program that it was compiled from."
            }
            Self::ZippedModel(name) if model => return Some(format!("Unzip it and send `{name}` itself.")),
            Self::TarredModel(name) if model => return Some(format!("Unpack it and send `{name}` itself.")),
            Self::CompressedModel | Self::Compressed | Self::Tar if model => {
                "Unpack it and send the model file itself."
            }
            Self::ZipWithSurplus(_) => "Something was added to the file after it was saved; save or copy it again.",
            Self::DamagedZip => "It may have been cut off on the way; compare its size with the original's.",
            Self::ZippedTable(name) => {
                return Some(format!(
                    "Unzip it and send `{name}` itself as a prediction file; gzip and zstd of it are accepted too."
                ));
            }
            Self::Spreadsheet => "Export the table as CSV in UTF-8.",
            Self::GitLfsPointer => "Run `git lfs pull`, then send the file itself.",
            Self::WebPage => "Download the file itself, for example in a browser where you are logged in.",
            kind if !model && kind.is_model_like() => {
                "If the task takes models, submit it as one: `--kind torchscript` in the command line."
            }
            _ => return None,
        };
        let lines = if model { self.python() } else { &[] };
        Some(match lines {
            [] => text.to_owned(),
            lines => format!("{text} In Python:\n    {}", lines.join("\n    ")),
        })
    }
}
