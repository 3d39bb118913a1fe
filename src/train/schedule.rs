//! Learning-rate schedules.

use crate::spec::ScheduleName;

/// The learning rate at `step` of `total` steps, counted from 0.
pub fn learning_rate(schedule: ScheduleName, start: f64, step: usize, total: usize) -> f64 {
    let progress = step as f64 / total.max(1) as f64;
    match schedule {
        ScheduleName::Constant => start,
        ScheduleName::Cosine => start * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
        ScheduleName::Step if progress < 0.5 => start,
        ScheduleName::Step if progress < 0.75 => start * 0.1,
        ScheduleName::Step => start * 0.01,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_as_its_name_says() {
        let at = |schedule, step| learning_rate(schedule, 1.0, step, 100);
        assert_eq!(at(ScheduleName::Constant, 99), 1.0);
        assert_eq!(at(ScheduleName::Cosine, 0), 1.0);
        assert!((at(ScheduleName::Cosine, 50) - 0.5).abs() < 1e-12);
        assert!(at(ScheduleName::Cosine, 99) < 1e-3);
        assert_eq!(at(ScheduleName::Step, 49), 1.0);
        assert_eq!(at(ScheduleName::Step, 50), 0.1);
        assert_eq!(at(ScheduleName::Step, 75), 0.01);
    }
}
