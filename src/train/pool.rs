//! Where the loop runs.

/// Runs `work` on a thread of the pool that the CPU backend computes on. From any other thread,
/// every parallel operation would wake one of the pool and wait for it, hundreds of times in a step.
/// A panic goes on in the caller.
pub fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::scope(|_| work())
}
