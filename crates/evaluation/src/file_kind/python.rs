//! The lines of Python that make a model of what was sent instead. The pages have the same:
//! `tests/file_kind_lines.json`.

use super::kind::FileKind;

/// Makes a TorchScript archive of a network that is in memory.
const SCRIPT: [&str; 2] = ["scripted = torch.jit.script(net.eval())", "torch.jit.save(scripted, \"model.pt\")"];

impl FileKind {
    /// Returns the lines that make a good file; none if there is nothing to be done in Python.
    #[must_use]
    pub const fn python(&self) -> &'static [&'static str] {
        match self {
            Self::TorchSave | Self::Pickle => &[
                "net.load_state_dict(torch.load(\"weights.pt\", map_location=\"cpu\"))  # net: your network",
                SCRIPT[0],
                SCRIPT[1],
            ],
            Self::PickledModule(_) => &[
                "net = torch.load(\"net.pt\", map_location=\"cpu\", weights_only=False)  # where its class can be imported",
                SCRIPT[0],
                SCRIPT[1],
            ],
            Self::Safetensors => &[
                "net.load_state_dict(safetensors.torch.load_file(\"weights.safetensors\"))  # net: your network",
                SCRIPT[0],
                SCRIPT[1],
            ],
            Self::Onnx
            | Self::Hdf5
            | Self::Keras
            | Self::Tflite
            | Self::SavedModel
            | Self::CoreMl
            | Self::Gguf
            | Self::QuantisedTorchscript
            | Self::MobileTorchscript => &SCRIPT,
            Self::OldExportedProgram | Self::CompiledProgram => &[
                "batch = {0: torch.export.Dim.DYNAMIC}",
                "images = torch.rand(2, 3, SIDE, SIDE)  # SIDE: of the images of the task",
                "program = torch.export.export(net.eval(), (images,), dynamic_shapes=(batch,))",
                "torch.export.save(program, \"model.pt2\")",
            ],
            _ => &[],
        }
    }
}
