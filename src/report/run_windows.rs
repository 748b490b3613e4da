//! What the events of a mapping with tumbling windows say besides: the window, its state, and whether it ends.
//!
//! A handler of which nothing is stated hands on how many records of the window it has had.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::program::{Slot, WindowState};
use crate::report::RunReport;
use crate::report::run_payload::iso_seconds;
use crate::report::run_reader::Reader;
use crate::trace::{Record, RecordKind};
use crate::vocabulary::{Duration, Instant};

/// A window of a lane.
#[derive(Clone, Copy, Debug)]
struct Shown {
    start: Instant,
    length: Duration,
    /// How many of its records are done with since its state was empty.
    handed: u64,
}

/// What an invocation does to its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    GoesOn,
    EndsEarly,
    Ends,
}

/// A mapping and one of its lanes.
type LaneOf = (u16, u32);

/// Follows the windows of lanes.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    open: BTreeMap<LaneOf, Shown>,
    batches: BTreeMap<u32, (LaneOf, Turn)>,
}

impl Windows {
    /// A batch was read, whose first record came then; or a window is to end, where there is none.
    pub(super) fn read(&mut self, report: &RunReport<'_>, record: &Record, first: Option<Instant>) {
        let Some(reader) = Reader::of(report, record.entity.0) else { return };
        let lane = (record.entity.0, record.value as u32);
        let length = report.world.tumbling_of(reader.log);
        let is = |slot| report.program.rule(slot) == record.rule;
        let turn = match (is(Slot::LogTumblingFinal), is(Slot::LogTumblingEarly)) {
            (true, _) => Turn::Ends,
            (false, true) => Turn::EndsEarly,
            (false, false) if is(Slot::LogTumbling) => Turn::GoesOn,
            (false, false) => return,
        };
        if let Some(came) = first {
            let micros = came.as_micros();
            let start = Instant::from_micros(micros - micros % length.as_micros().max(1));
            let known = self.open.get(&lane).filter(|shown| shown.start == start);
            let shown = known.copied().unwrap_or(Shown { start, length, handed: 0 });
            self.open.insert(lane, shown);
        }
        self.batches.insert(record.subject, (lane, turn));
    }

    /// The checkpoint of a lane has moved behind so many records, or an invocation is over.
    pub(super) fn see(&mut self, record: &Record, count: usize) {
        match record.kind {
            RecordKind::CheckpointMoved => {
                if let Some(shown) = self.open.get_mut(&(record.entity.0, record.subject)) {
                    shown.handed += count as u64;
                }
            }
            RecordKind::InvocationEnded => {
                if let Some((lane, turn)) = self.batches.remove(&record.subject)
                    && turn != Turn::GoesOn
                    && record.value == Record::RETURNED
                    && let Some(shown) = self.open.get_mut(&lane)
                {
                    shown.handed = 0;
                }
            }
            _ => {}
        }
    }

    /// What the event of a batch says of its window, if there is one.
    pub(super) fn fields(
        &self,
        report: &RunReport<'_>,
        reader: &Reader<'_>,
        batch: u32,
    ) -> Map<String, Json> {
        let found =
            self.batches.get(&batch).and_then(|(lane, turn)| Some((lane, turn, self.open.get(lane)?)));
        let Some((lane, turn, shown)) = found else { return Map::new() };
        let table = &report.program.network.logs[reader.log];
        let state = match &report.program.behaviours[usize::from(table.function)].state {
            _ if shown.handed == 0 => json!({}),
            WindowState::Usual => json!({ "records": shown.handed }),
            WindowState::Missing => json!({}),
            WindowState::Stated(text) => serde_json::from_str(text).unwrap_or_default(),
        };
        //= stream_poll.tumbling_fields
        let fields = [
            (
                "window",
                json!({
                    "start": iso_seconds(shown.start),
                    "end": iso_seconds(shown.start + shown.length),
                }),
            ),
            ("state", state),
            ("shardId", reader.shard_id(report.world.shard_of(reader.log, lane.1)).into()),
            ("eventSourceARN", reader.arn(report).into()),
            ("isFinalInvokeForWindow", (*turn == Turn::Ends).into()),
            ("isWindowTerminatedEarly", (*turn == Turn::EndsEarly).into()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
