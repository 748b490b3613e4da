//! Which seeds this machine takes: `--seed`, `--seeds`, and `--shard` to divide them among machines.

use crate::cli::arguments::Check;
use crate::cli::values::Reader;

/// The first seed, and how many; `None` searches until nothing new is found.
pub(super) fn seeds(reader: &mut Reader, arguments: &Check) -> (u64, Option<u64>) {
    let seeds = arguments.seeds.as_ref().map(|text| reader.count("--seeds", text));
    let seed = arguments.seed.as_ref().map(|text| reader.number("--seed", text));
    let (first, seeds) = (seed.unwrap_or(0), seeds.or(seed.map(|_| 1)));
    let Some(text) = &arguments.shard else { return (first, seeds) };
    let Some(total) = seeds.filter(|_| arguments.seeds.is_some()) else {
        reader.wrong("`--shard` divides seeds, and no number of them is given".to_owned(), "add --seeds M");
        return (first, seeds);
    };
    let variable = |name: &str| std::env::var(name).ok()?.trim().parse().ok();
    let Some(shard) = Shard::parse(text, &variable) else {
        let help = "write K/N with K from 1 to N; or `auto`, or `auto/N`, in an array job of Kubernetes, AWS Batch or Slurm";
        reader.wrong(format!("`--shard {text}` names no shard"), help);
        return (first, seeds);
    };
    let (skipped, count) = shard.range(total);
    if count == 0 {
        reader.wrong(
            format!("`--shard {text}` leaves no seed of {total}"),
            "give at least as many seeds as shards",
        );
    }
    (first.wrapping_add(skipped), Some(count))
}

/// One of several machines; the first is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    index: u64,
    count: u64,
}

/// The variables of array jobs: index, lowest index where it is not 0, number of jobs where the system tells it.
const ARRAYS: [(&str, Option<&str>, Option<&str>); 3] = [
    ("JOB_COMPLETION_INDEX", None, None),
    ("AWS_BATCH_JOB_ARRAY_INDEX", None, Some("AWS_BATCH_JOB_ARRAY_SIZE")),
    ("SLURM_ARRAY_TASK_ID", Some("SLURM_ARRAY_TASK_MIN"), Some("SLURM_ARRAY_TASK_COUNT")),
];

impl Shard {
    fn parse(text: &str, variable: &dyn Fn(&str) -> Option<u64>) -> Option<Self> {
        let shard = match text.split_once('/') {
            Some(("auto", count)) => Self::of_job(variable, Some(count.parse().ok()?))?,
            None if text == "auto" => Self::of_job(variable, None)?,
            Some((index, count)) => {
                Self { index: index.parse::<u64>().ok()?.checked_sub(1)?, count: count.parse().ok()? }
            }
            None => return None,
        };
        (shard.index < shard.count).then_some(shard)
    }

    fn of_job(variable: &dyn Fn(&str) -> Option<u64>, count: Option<u64>) -> Option<Self> {
        ARRAYS.iter().find_map(|(index, lowest, size)| {
            let index = variable(index)?.checked_sub(lowest.and_then(variable).unwrap_or(0))?;
            Some(Self { index, count: count.or_else(|| size.and_then(variable))? })
        })
    }

    /// How many seeds other machines have taken before, and how many are this one's.
    fn range(self, total: u64) -> (u64, u64) {
        let until = |index: u64| {
            let seeds = u128::from(total) * u128::from(index) / u128::from(self.count);
            u64::try_from(seeds).unwrap_or(total)
        };
        (until(self.index), until(self.index + 1) - until(self.index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job<'a>(set: &'a [(&'a str, u64)]) -> impl Fn(&str) -> Option<u64> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    #[test]
    fn shards_cover_every_seed_once() {
        for (total, count) in [(10, 3), (1_000, 7), (3, 3), (u64::MAX, 5)] {
            let mut next = 0;
            for index in 0..count {
                let (first, length) = Shard { index, count }.range(total);
                assert_eq!(first, next);
                next += length;
            }
            assert_eq!(next, total);
        }
    }

    #[test]
    fn array_jobs_know_their_index() {
        let none = job(&[]);
        assert_eq!(Shard::parse("2/4", &none), Some(Shard { index: 1, count: 4 }));
        for wrong in ["0/4", "5/4", "x/4", "2", "auto", "auto/4", "2/0"] {
            assert_eq!(Shard::parse(wrong, &none), None, "{wrong}");
        }
        let kubernetes = job(&[("JOB_COMPLETION_INDEX", 3)]);
        assert_eq!(Shard::parse("auto/4", &kubernetes), Some(Shard { index: 3, count: 4 }));
        assert_eq!(Shard::parse("auto", &kubernetes), None);
        let batch = job(&[("AWS_BATCH_JOB_ARRAY_INDEX", 0), ("AWS_BATCH_JOB_ARRAY_SIZE", 10)]);
        assert_eq!(Shard::parse("auto", &batch), Some(Shard { index: 0, count: 10 }));
        let slurm =
            job(&[("SLURM_ARRAY_TASK_ID", 5), ("SLURM_ARRAY_TASK_MIN", 1), ("SLURM_ARRAY_TASK_COUNT", 8)]);
        assert_eq!(Shard::parse("auto", &slurm), Some(Shard { index: 4, count: 8 }));
    }
}
