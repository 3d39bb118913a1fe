//! Images and labels in memory.

use super::task::Task;

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

/// A part of the data as a run sees it. A label's place is that of its image times the labels of an
/// image, and the number of the label among those.
#[derive(Clone, Debug)]
pub struct Part {
    /// What the labels tell.
    pub task: Task,
    /// The images.
    pub images: Images,
    /// What is really there: the class of each image, or a label for each of its Action Units.
    pub true_labels: Vec<u8>,
    /// What training is told.
    pub labels: Vec<u8>,
    /// Where each image stands in the original set.
    pub indices: Vec<usize>,
}

impl Part {
    /// Whether training is told a wrong label at this place.
    pub fn mislabelled(&self, place: usize) -> bool {
        self.labels[place] != self.true_labels[place]
    }

    /// Whether the label at this place says anything.
    pub fn is_known(&self, place: usize) -> bool {
        self.task.is_known(self.labels[place])
    }

    /// Places of the labels of image `i`.
    pub fn places(&self, i: usize) -> std::ops::Range<usize> {
        let labels = self.task.labels();
        i * labels..(i + 1) * labels
    }
}
