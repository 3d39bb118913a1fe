//! Asking for devices in a child process: a graphics driver may print, hang or crash, and none of
//! that may reach this process or its terminal.

use crate::device::DeviceInfo;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long drivers may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the child found, and what drivers printed meanwhile.
pub(super) struct Probed {
    pub devices: Vec<DeviceInfo>,
    pub noise: String,
}

/// Runs `quell devices --probe` and reads its answer.
///
/// # Errors
/// When the child cannot be started, crashes, or does not answer in time; with the last line that
/// it printed.
pub(super) fn devices() -> anyhow::Result<Probed> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["devices", "--probe"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Both pipes are read as they fill, or a talkative driver would block the child.
    let stdout = reader(child.stdout.take());
    let stderr = reader(child.stderr.take());
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            anyhow::bail!(
                "the graphics drivers did not answer within {} s; train with --device cpu",
                PATIENCE.as_secs()
            );
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let noise = stderr.join().unwrap_or_default();
    let answer = stdout.join().unwrap_or_default();
    // A driver may print to stdout as well: the answer is the line that is a list.
    let found = answer
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str::<Vec<DeviceInfo>>(line).ok());
    match found {
        // A crash while drivers are unloaded, after the answer, does no harm.
        Some(devices) => Ok(Probed { devices, noise }),
        None => anyhow::bail!(
            "looking for devices ended with {status}: {}; train with --device cpu",
            noise.lines().last().unwrap_or("nothing printed")
        ),
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still of use.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
