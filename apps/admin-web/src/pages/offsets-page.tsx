import { useMutation } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useSearchParams } from 'react-router';
import type { OffsetsReport } from '#contracts';
import { post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Field, Radios } from '../ui/field.js';
import { Empty, Notice, PageHead, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { StepForm, Steps } from '../ui/steps.js';
import { figures, Table } from '../ui/table.js';
import { grouped } from '../ui/text.js';
import { toInstant } from './replay-draft.js';
import { GroupField } from './replay-fields.js';
import { SourceField } from './replay-wizard-page.js';

const STEPS = ['Group and topic', 'Where to', 'Preview'];
const TARGETS = {
  time: 'The first message of a time',
  earliest: 'The first message there is',
  latest: 'Behind the last message',
  shift: 'So many messages on, or back when negative',
  offset: 'One offset, in each partition',
  undo: 'Back to before the latest reset',
} as const;

type Kind = keyof typeof TARGETS;

interface Wish {
  readonly group: string;
  readonly topic: string;
  readonly kind: Kind;
  /** Of the time, the shift, the offset. */
  readonly value: string;
}

/** Where a consumer group goes on reading: shown first per partition, and undone. */
export function OffsetsPage(): ReactElement {
  const [params] = useSearchParams();
  const given = { group: params.get('group') ?? '', topic: params.get('topic') ?? '' };
  const [wish, setWish] = useState<Wish>({ ...given, kind: 'time', value: '' });
  const [at, setAt] = useState(0);
  const preview = useMutation({
    mutationFn: () => post<OffsetsReport>(`/api/offsets/${wish.kind === 'undo' ? 'undo/plan' : 'plan'}`, toBody(wish)),
    onSuccess: () => setAt(2),
  });
  const change = (part: Partial<Wish>): void => setWish({ ...wish, ...part });
  return (
    <>
      <PageHead
        title="Reset offsets"
        lead="For a group that is stopped. To hand messages to a group that runs, replay them into its lane instead."
      />
      <Steps names={STEPS} at={at} />
      {at === 0 && (
        <StepForm next="Next" onNext={() => setAt(1)}>
          <div className="wide-fields stack">
            <GroupField value={wish.group} onChange={(group) => change({ group })} />
          </div>
          <SourceField value={wish.topic} onChange={(topic) => change({ topic })} />
        </StepForm>
      )}
      {at === 1 && (
        <StepForm next="Preview" isBusy={preview.isPending} onNext={() => preview.mutate()} onBack={() => setAt(0)}>
          <Radios
            label="Go on at"
            options={TARGETS}
            value={wish.kind}
            onChange={(kind) => change({ kind, value: '' })}
          />
          <ValueField wish={wish} onChange={(value) => change({ value })} />
          {preview.error && <ErrorNotice error={preview.error} />}
        </StepForm>
      )}
      {at === 2 && preview.data && <Preview wish={wish} report={preview.data} onBack={() => setAt(1)} />}
    </>
  );
}

interface ValueFieldProps {
  readonly wish: Wish;
  readonly onChange: (value: string) => void;
}

function ValueField({ wish: { kind, value }, onChange }: ValueFieldProps): ReactElement | null {
  const shared = { value, onChange, required: true };
  if (kind === 'time') return <Field label="Time, UTC" type="datetime-local" {...shared} />;
  if (kind === 'shift') return <Field label="How many messages" type="number" {...shared} />;
  return kind === 'offset' ? <Field label="Offset" type="number" min={0} {...shared} /> : null;
}

function toBody({ group, topic, kind, value }: Wish): object {
  const place = { group, topic };
  switch (kind) {
    case 'undo':
      return place;
    case 'earliest':
    case 'latest':
      return { ...place, to: { kind } };
    case 'time':
      return { ...place, to: { kind, at: toInstant(value) } };
    case 'shift':
      return { ...place, to: { kind, by: value } };
    case 'offset':
      return { ...place, to: { kind, offset: value } };
  }
}

interface PreviewProps {
  readonly wish: Wish;
  readonly report: OffsetsReport;
  readonly onBack: () => void;
}

function Preview({ wish, report, onBack }: PreviewProps): ReactElement {
  const [isDone, setDone] = useState(false);
  const isUndo = wish.kind === 'undo';
  const reset = (reason: string): Promise<unknown> =>
    post(`/api/offsets/${isUndo ? 'undo' : 'reset'}`, { ...toBody(wish), reason });
  return (
    <div className="stack">
      {isDone ? (
        <Notice tone="ok">
          Done. {isUndo ? '' : 'The former offsets are kept: “Back to before the latest reset” brings them back.'}
        </Notice>
      ) : (
        <Notice tone="accent">Nothing was changed yet: this is what would be read again, or never.</Notice>
      )}
      <Panel title={`${wish.group} on ${wish.topic}`} flush>
        <Partitions report={report} />
      </Panel>
      <div className="row">
        <button className="button" onClick={onBack}>
          Back
        </button>
        {!isDone && (
          <ActDialog
            label="Set these offsets …"
            confirm="Set these offsets"
            title={`Set the offsets of ${wish.group}?`}
            kind="primary"
            act={reset}
            onDone={() => setDone(true)}
          >
            <p>Only while the group has no members; else it is refused and nothing changes.</p>
          </ActDialog>
        )}
      </div>
    </div>
  );
}

function Partitions({ report: { partitions } }: Pick<PreviewProps, 'report'>): ReactElement {
  if (partitions.length === 0) return <Empty title="No partition would be changed." />;
  return (
    <Table label="Offsets" heads={[...figures('Partition', 'From', 'To', 'Read again', 'Skipped'), 'Remark']}>
      {partitions.map(({ partition, from, to, again, skipped, remark }) => (
        <tr key={partition}>
          <td className="number">{partition}</td>
          <td className="number">{from === null ? 'none' : grouped(from)}</td>
          <td className="number">{grouped(to)}</td>
          <td className="number">{grouped(again)}</td>
          <td className="number">{grouped(skipped)}</td>
          <td>{remark ?? ''}</td>
        </tr>
      ))}
    </Table>
  );
}
