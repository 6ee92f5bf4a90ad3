import { editErp } from './mirror-golden.js';
import type { ProtocolStep } from './mirror-readers.js';
import type { ErpEdit, State, UserEdit, World } from './mirror-state.js';
import { editRecord } from './mirror-system.js';
import { failedWrites } from './mirror-writer.js';

/** What may happen at any time: users' edits here and in the ERP, and a bounded number of faults. */
export function environmentSteps(state: State, world: World): ProtocolStep[] {
  return [
    ...userSteps(state, world),
    ...erpSteps(state, world),
    ...(state.faultsLeft > 0 ? faultSteps(state, world) : []),
  ];
}

function userSteps(state: State, { scenario }: World): ProtocolStep[] {
  if (state.userEditsLeft === 0) return [];
  return scenario.userMay.flatMap((edit) => {
    const next = editRecord(state, edit, scenario);
    return next ? [{ label: `a user ${sayEdit(edit)}`, next }] : [];
  });
}

function erpSteps(state: State, { scenario }: World): ProtocolStep[] {
  const edit = scenario.erpDoes[state.erpEditsDone];
  return edit ? [{ label: `the ERP ${sayEdit(edit)}`, next: editErp(state, edit, scenario) }] : [];
}

function sayEdit(edit: UserEdit | ErpEdit): string {
  switch (edit.do) {
    case 'set':
      return `sets ${edit.field} to ${edit.to === null ? 'nothing' : JSON.stringify(edit.to)}`;
    case 'hide':
    case 'show':
      return `${edit.do}s ${edit.field}`;
    case 'touch':
      return 'saves the record unchanged';
    case 'delete':
      return 'deletes the record';
    case 'create':
      return 'creates the record';
  }
}

function faultSteps(state: State, world: World): ProtocolStep[] {
  const steps = [...crashes(state), ...leaseLosses(state), ...failedWrites(state, world)];
  return steps.map(({ label, next }) => ({ label, next: { ...next, faultsLeft: state.faultsLeft - 1 } }));
}

/** A crashed process forgets where it was; what it leased stays leased for a while. */
function crashes(state: State): ProtocolStep[] {
  const steps: ProtocolStep[] = [];
  if (state.poller) steps.push({ label: 'the poller crashes', next: { ...state, poller: null } });
  if (state.reader) steps.push({ label: 'the re-reader crashes', next: { ...state, reader: null } });
  if (state.writer) steps.push({ label: 'the writer crashes', next: { ...state, writer: null } });
  return steps;
}

/** A process is so slow that its lease ends while it goes on. */
function leaseLosses(state: State): ProtocolStep[] {
  const { mirror, writer, reader } = state;
  const isAlive = (mirror.lease === 'writer' && writer) || (mirror.lease === 'reader' && reader);
  if (!isAlive) return [];
  return [
    { label: `the lease of the slow ${mirror.lease} ends`, next: { ...state, mirror: { ...mirror, lease: null } } },
  ];
}
