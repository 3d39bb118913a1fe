//! Whether a process lives: its id and its start time, because ids are reused.

use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

/// A process on some host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// Name of the host.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// Start time, seconds since 1970.
    pub start: u64,
}

/// Start times are computed from the boot time, which shifts when the clock is set.
const START_TOLERANCE: u64 = 2;

impl ProcessId {
    /// This process: the same as long as it lives, although a computed start time may jitter.
    pub fn own() -> Self {
        static OWN: OnceLock<ProcessId> = OnceLock::new();
        OWN.get_or_init(|| {
            let pid = std::process::id();
            Self {
                host: host(),
                pid,
                start: start_time(pid).unwrap_or(0),
            }
        })
        .clone()
    }

    /// Whether it runs on this host.
    pub fn is_local(&self) -> bool {
        self.host == host()
    }

    /// Whether a local process still lives.
    pub fn is_alive(&self) -> bool {
        start_time(self.pid).is_some_and(|start| start.abs_diff(self.start) <= START_TOLERANCE)
    }
}

/// Name of this host.
pub fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// Start time of a living local process; the dead that nobody has buried do not count.
fn start_time(pid: u32) -> Option<u64> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        true,
        ProcessRefreshKind::nothing(),
    );
    system
        .process(pid)
        .filter(|p| !matches!(p.status(), ProcessStatus::Zombie | ProcessStatus::Dead))
        .map(sysinfo::Process::start_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_itself_and_not_the_dead() {
        let own = ProcessId::own();
        assert!(own.is_local() && own.is_alive());
        let reused = ProcessId {
            start: own.start - 60,
            ..own
        };
        assert!(!reused.is_alive());
    }
}
