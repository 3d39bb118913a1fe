//! Images and labels in memory.

/// Images as bytes, N×C×H×W, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// N·C·H·W bytes.
    pub pixels: Vec<u8>,
    /// N.
    pub count: usize,
    /// C.
    pub channels: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
}

impl Images {
    /// Bytes of one image.
    pub fn stride(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// The images at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Self {
        let stride = self.stride();
        let mut pixels = Vec::with_capacity(indices.len() * stride);
        for &i in indices {
            pixels.extend_from_slice(&self.pixels[i * stride..(i + 1) * stride]);
        }
        Self {
            pixels,
            count: indices.len(),
            ..*self
        }
    }
}

/// Images with their true labels, as a data set has them.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The images.
    pub images: Images,
    /// One class per image.
    pub labels: Vec<u8>,
}

/// A part of the data as a run sees it.
#[derive(Clone, Debug)]
pub struct Part {
    /// The images.
    pub images: Images,
    /// The class that each image really is.
    pub true_labels: Vec<u8>,
    /// The class that training is told.
    pub labels: Vec<u8>,
    /// Where each image stands in the original set.
    pub indices: Vec<usize>,
}

impl Part {
    /// Whether training is told a wrong class for image `i`.
    pub fn mislabelled(&self, i: usize) -> bool {
        self.labels[i] != self.true_labels[i]
    }
}
