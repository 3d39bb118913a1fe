//! How the values of a field are written for people.

use super::field::{Field, Kind};
use super::fields::is_full;
use super::stat::Stat;
use super::value::Value;
use jiff::{Timestamp, tz::TimeZone};

/// What stands for a value that is not known.
const MISSING: &str = "–";

impl Field {
    /// The value for people, with its unit: `61.5 %`, `12.4 KiB`, `fp32`.
    pub fn format(&self, value: &Value) -> String {
        match value.number() {
            Some(x) => self.format_number(x),
            None if value.is_missing() => MISSING.into(),
            None => match value {
                Value::Flag(true) => "yes".into(),
                Value::Flag(false) => "no".into(),
                other => other.text(),
            },
        }
    }

    /// The field of `run` for people, with its unit.
    pub fn show(&self, run: &crate::store::RunRecord) -> String {
        self.format(&self.value(run))
    }

    /// A number of this field for people, with its unit.
    pub fn format_number(&self, x: f64) -> String {
        let plain = self.plain(x);
        match self.kind {
            Kind::Share => format!("{plain} %"),
            Kind::Throughput => format!("{plain}/s"),
            _ => plain,
        }
    }

    /// Mean ± sample standard deviation without a unit, for tables whose heading has it
    /// ([`Field::heading`]).
    pub fn format_stat(&self, stat: &Stat) -> String {
        match stat.std {
            Some(std) => format!("{} ± {}", self.plain(stat.mean), self.plain(std)),
            None => self.plain(stat.mean),
        }
    }

    /// The label with the unit of bare numbers: `memorised [%]`.
    pub fn heading(&self) -> String {
        match self.kind {
            Kind::Share => format!("{} [%]", self.label),
            _ => self.label.into(),
        }
    }

    /// A number without the unit that the heading has.
    pub fn plain(&self, x: f64) -> String {
        if !x.is_finite() {
            return x.to_string();
        }
        match self.kind {
            Kind::Share => format!("{:.1}", 100.0 * x),
            Kind::Loss => format!("{x:.4}"),
            Kind::Bytes => bytes(x),
            Kind::Operations => operations(x),
            Kind::Factor => format!("{x:.1}×"),
            Kind::Throughput if x >= 100.0 => format!("{x:.0}"),
            Kind::Throughput => format!("{x:.1}"),
            Kind::Seconds => seconds(x),
            Kind::Time => time(x),
            Kind::Unit => format!("AU {x}"),
            Kind::Width if is_full(x) => "fp32".into(),
            // Rates that were counted, such as 0.36025, need no more than four decimals.
            Kind::Number if x == 0.0 || x.abs() >= 1e-3 => {
                let text = format!("{x:.4}");
                text.trim_end_matches('0').trim_end_matches('.').into()
            }
            _ => format!("{x}"),
        }
    }
}

/// A size in bytes, KiB or MiB.
pub fn bytes(x: f64) -> String {
    if x < 1024.0 {
        format!("{x:.0} B")
    } else if x < 1024.0 * 1024.0 {
        format!("{:.1} KiB", x / 1024.0)
    } else {
        format!("{:.1} MiB", x / (1024.0 * 1024.0))
    }
}

/// A count with the prefixes of the metric system.
fn operations(x: f64) -> String {
    let scales = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    match scales.iter().find(|(scale, _)| x >= *scale) {
        Some((scale, prefix)) => format!("{:.1} {prefix}", x / scale),
        None => format!("{x:.0}"),
    }
}

/// A time in seconds, minutes or hours.
pub fn seconds(x: f64) -> String {
    let whole = x.round() as u64;
    if x < 10.0 {
        format!("{x:.1} s")
    } else if whole < 60 {
        format!("{whole} s")
    } else if whole < 3600 {
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        format!("{} h {:02} min", whole / 3600, whole % 3600 / 60)
    }
}

fn time(x: f64) -> String {
    Timestamp::from_millisecond((x * 1000.0) as i64).map_or_else(
        |_| MISSING.into(),
        |t| {
            t.to_zoned_datetime(TimeZone::system())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::field::field;
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (name, x, text) in [
            ("test_acc_last", 0.61549, "61.5 %"),
            ("noise_rate", 0.4, "0.4"),
            ("noise_rate", 0.0, "0"),
            ("actual_noise_rate", 0.360_25, "0.3603"),
            ("lr", 1e-3, "0.001"),
            ("lr", 3e-5, "0.00003"),
            ("weight_bits", 32.0, "fp32"),
            ("weight_bits", 4.0, "4"),
            ("model_bytes", 900.0, "900 B"),
            ("model_bytes", 1536.0, "1.5 KiB"),
            ("model_bytes", 2.5 * 1048576.0, "2.5 MiB"),
            ("macs", 40_551_808.0, "40.6 M"),
            ("bit_operations", 41_524_000_000.0, "41.5 G"),
            ("macs", 640.0, "640"),
            ("effective_bits", 2.0125, "2.0125"),
            ("seconds", 7.21, "7.2 s"),
            ("seconds", 59.9, "1 min 00 s"),
            ("seconds", 3725.0, "1 h 02 min"),
            ("samples_per_second", 1234.56, "1235/s"),
            ("train_loss", 0.123456, "0.1235"),
        ] {
            assert_eq!(field(name).unwrap().format_number(x), text, "{name} {x}");
        }
    }

    #[test]
    fn a_statistic_has_its_spread() {
        let acc = field("test_acc_last").unwrap();
        let stat = Stat::of([0.5, 0.6]).unwrap();
        assert_eq!(acc.format_stat(&stat), "55.0 ± 7.1");
        assert_eq!(acc.heading(), "test acc (last) [%]");
        assert_eq!(acc.format_stat(&Stat::of([0.5]).unwrap()), "50.0");
    }
}
