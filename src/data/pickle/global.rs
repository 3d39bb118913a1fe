//! The functions and types that a pickle of arrays may name.

/// The upper half of a float's bits, a type of elements that numpy does not have.
pub(super) const BFLOAT16: &str = "bfloat16";

/// A function or type that is known. None is ever run: each stands for a value that is built here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    /// An empty numpy array, to be filled by its state.
    Reconstruct,
    /// numpy's array type.
    NdArray,
    /// numpy's element type.
    Dtype,
    /// A single number of numpy.
    Scalar,
    /// A numpy array over bytes (protocol 5).
    FromBuffer,
    /// Bytes written as text (Python 3 at protocol 2).
    Encode,
    /// A dictionary.
    OrderedDict,
    /// A PyTorch tensor over a storage.
    RebuildTensor,
    /// A PyTorch parameter, which is its tensor.
    RebuildParameter,
    /// A PyTorch storage of elements of this numpy type, or of [`BFLOAT16`].
    Storage(&'static str),
}

impl Global {
    /// The function or type of that name.
    ///
    /// # Errors
    /// For every one that is not on the list, with its name.
    pub fn named(module: &str, name: &str) -> Result<Self, String> {
        Ok(match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                Self::Reconstruct
            }
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Self::Scalar,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::FromBuffer,
            ("numpy", "ndarray") => Self::NdArray,
            ("numpy", "dtype") => Self::Dtype,
            ("_codecs", "encode") => Self::Encode,
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Self::RebuildParameter,
            ("torch", "LongStorage") => Self::Storage("i8"),
            ("torch", "IntStorage") => Self::Storage("i4"),
            ("torch", "ShortStorage") => Self::Storage("i2"),
            ("torch", "CharStorage") => Self::Storage("i1"),
            ("torch", "ByteStorage") => Self::Storage("u1"),
            ("torch", "BoolStorage") => Self::Storage("b1"),
            ("torch", "HalfStorage") => Self::Storage("f2"),
            ("torch", "BFloat16Storage") => Self::Storage(BFLOAT16),
            ("torch", "FloatStorage") => Self::Storage("f4"),
            ("torch", "DoubleStorage") => Self::Storage("f8"),
            _ => {
                let name = format!("{module}.{name}").escape_debug().to_string();
                return Err(format!(
                    "it asks for {name}, which an array does not need and quell does not run"
                ));
            }
        })
    }
}
