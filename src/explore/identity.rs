//! What a capsule remembers of the system it was found in, so that a replay can say what has changed since.

use crate::program::{AccountTable, DeadLetter, FunctionTable, MappingTable, PoolTable, Program, QueueTable};
use crate::trace::EntityId;
use crate::vocabulary::NameHash;

/// The digest of one connected part of a topology: of its resources, links and settings by their names. Neither their
/// order nor anything outside the part matters.
pub fn topology_digest(program: &Program) -> u64 {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(program.queues.iter().map(|table| queue(program, table)));
    lines.extend(program.mappings.iter().map(|table| mapping(program, table)));
    lines.extend(program.functions.iter().map(|table| function(program, table)));
    lines.extend(program.pools.tables.iter().map(|table| pool(program, *table)));
    lines.extend(program.unknowns.iter().map(|unknown| format!("{} {:?}", unknown.name, unknown.values)));
    lines.sort_unstable();
    let account = AccountTable { entity: EntityId(0), ..program.account };
    lines.push(format!("{account:?}"));
    lines.iter().fold(NameHash::of("topology"), |hash, line| hash.then(line)).0
}

fn queue(program: &Program, table: &QueueTable) -> String {
    let name = program.name(table.entity);
    let target = match table.dead_letter {
        DeadLetter::Queue(index) => program.name(program.queues[usize::from(index)].entity).as_str(),
        DeadLetter::None | DeadLetter::Outside => "",
    };
    let kind = match table.dead_letter {
        DeadLetter::Queue(_) => DeadLetter::Queue(0),
        DeadLetter::None | DeadLetter::Outside => table.dead_letter,
    };
    let bare = QueueTable { entity: EntityId(0), dead_letter: kind, mappings: (0, 0), ..*table };
    format!("queue {name} {target} {bare:?}")
}

fn mapping(program: &Program, table: &MappingTable) -> String {
    let bare = MappingTable { entity: EntityId(0), queue: 0, function: 0, ..*table };
    format!("mapping {} {bare:?}", program.name(table.entity))
}

fn function(program: &Program, table: &FunctionTable) -> String {
    let bare = FunctionTable { entity: EntityId(0), ..*table };
    format!("function {} {bare:?}", program.name(table.entity))
}

fn pool(program: &Program, table: PoolTable) -> String {
    let function = &program.functions[usize::from(table.function)];
    format!("provisioned {} {}", program.name(function.entity), table.size)
}
