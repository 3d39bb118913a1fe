//! Shape of a 3 × 3 convolution with padding 1.

/// Shape of a 3 × 3 convolution with padding 1 over channels-last images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// Rows and columns of the input.
    pub height: usize,
    pub width: usize,
    /// Channels of the input and of the output.
    pub cin: usize,
    pub cout: usize,
    /// 1 or 2.
    pub stride: usize,
}

impl ConvShape {
    /// Rows of the output.
    pub fn rows(&self) -> usize {
        self.height.div_ceil(self.stride)
    }

    /// Columns of the output.
    pub fn columns(&self) -> usize {
        self.width.div_ceil(self.stride)
    }

    /// Values of an input image.
    pub fn input(&self) -> usize {
        self.height * self.width * self.cin
    }

    /// Values of an output image.
    pub fn output(&self) -> usize {
        self.rows() * self.columns() * self.cout
    }

    /// Values of a row of a padded input image.
    pub fn padded_row(&self) -> usize {
        (self.width + 2) * self.cin
    }

    /// Values of a padded input image.
    pub fn padded(&self) -> usize {
        (self.height + 2) * self.padded_row()
    }
}
