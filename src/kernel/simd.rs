//! Loops compiled for the vectors of the machine they run on.

use pulp::{Arch, Simd, WithSimd};

/// Runs a loop that the compiler can vectorize with the widest vectors there are. The closure has
/// to be `#[inline(always)]`.
pub fn vectorized<R>(arch: Arch, body: impl FnMut() -> R) -> R {
    arch.dispatch(Body(body))
}

struct Body<F>(F);

impl<R, F: FnMut() -> R> WithSimd for Body<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> R {
        // Called as `FnMut`: a call as `FnOnce` goes through a shim that is compiled for the
        // oldest processors and is not inlined here.
        (self.0)()
    }
}
