//! Counting Ctrl-C instead of ending at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often Ctrl-C was pressed since the watch began.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupts(Arc<AtomicUsize>);

impl Interrupts {
    /// Takes Ctrl-C over: from now on it is counted, and the second ends the process.
    ///
    /// # Errors
    /// When the system does not let signals be watched.
    pub fn watch() -> std::io::Result<Self> {
        let interrupts = Self::default();
        let counter = Arc::clone(&interrupts.0);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name("ctrl-c".into())
            .spawn(move || {
                runtime.block_on(async {
                    while tokio::signal::ctrl_c().await.is_ok() {
                        if counter.fetch_add(1, Ordering::SeqCst) >= 1 {
                            // The second: leave at once, even where the main thread hangs.
                            std::process::exit(130);
                        }
                    }
                });
            })?;
        Ok(interrupts)
    }

    /// Presses so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}
