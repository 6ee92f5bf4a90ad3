import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { ReplayPlanReport, ReplayReport, TopicSummary } from '#contracts';
import { get, post } from '../api/client.js';
import { Field } from '../ui/field.js';
import { PageHead } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { StepForm, Steps } from '../ui/steps.js';
import { ReplayDryRun } from './replay-dry-run.js';
import { asPlanned, EMPTY_DRAFT, toWish, type ReplayDraft } from './replay-draft.js';
import { SelectionFields, TargetFields } from './replay-fields.js';

const STEPS = ['Topic', 'Which messages', 'For whom', 'Dry run'];

/** A replay, put together step by step; nothing is written before its dry run was seen. */
export function ReplayWizardPage(): ReactElement {
  const [params] = useSearchParams();
  const given = { source: params.get('topic') ?? '', group: params.get('group') ?? '' };
  const [draft, setDraft] = useState<ReplayDraft>({ ...EMPTY_DRAFT, ...given });
  const [at, setAt] = useState(0);
  const dryRun = useMutation({
    mutationFn: async () => post<ReplayPlanReport>('/api/replays/plan', toWish(draft)),
    onSuccess: () => setAt(3),
  });
  const change = (part: Partial<ReplayDraft>): void => setDraft({ ...draft, ...part });
  return (
    <>
      <PageHead title="New replay" lead="A dry run shows first what would be sent, and who gets it." />
      <Steps names={STEPS} at={at} />
      {at === 0 && (
        <StepForm next="Next" onNext={() => setAt(1)}>
          <SourceField value={draft.source} onChange={(source) => change({ source })} />
        </StepForm>
      )}
      {at === 1 && (
        <StepForm next="Next" onNext={() => setAt(2)} onBack={() => setAt(0)}>
          <SelectionFields draft={draft} onChange={change} />
        </StepForm>
      )}
      {at === 2 && (
        <StepForm next="Dry run" isBusy={dryRun.isPending} onNext={() => dryRun.mutate()} onBack={() => setAt(1)}>
          <TargetFields draft={draft} onChange={change} />
          {dryRun.error && <ErrorNotice error={dryRun.error} />}
          {dryRun.isPending && <p role="status">Reading the topic and counting …</p>}
        </StepForm>
      )}
      {at === 3 && dryRun.data && <Start draft={draft} plan={dryRun.data} onBack={() => setAt(2)} />}
    </>
  );
}

interface SourceFieldProps {
  readonly value: string;
  readonly onChange: (topic: string) => void;
}

/** The topic to be replayed: one of the hub's, or any other. */
export function SourceField({ value, onChange }: SourceFieldProps): ReactElement {
  const { data } = useQuery({ queryKey: ['api', '/api/topics'], queryFn: () => get<TopicSummary[]>('/api/topics') });
  const names = (data ?? []).filter(({ kind }) => kind !== 'dead-letter').map(({ name }) => name);
  return (
    <div className="wide-fields">
      <Field
        label="Topic"
        value={value}
        onChange={onChange}
        required
        options={names}
        hint="Reading it moves no consumer."
      />
    </div>
  );
}

interface StartProps {
  readonly draft: ReplayDraft;
  readonly plan: ReplayPlanReport;
  readonly onBack: () => void;
}

function Start({ draft, plan, onBack }: StartProps): ReactElement {
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => post<ReplayReport>('/api/replays', asPlanned(toWish(draft), plan)),
    onSuccess: ({ id }) => navigate(`/replays/${encodeURIComponent(id)}`),
  });
  return (
    <div className="stack">
      <ReplayDryRun plan={plan} />
      {error && <ErrorNotice error={error} />}
      <div className="row">
        <button className="button" onClick={onBack}>
          Back
        </button>
        <button
          className="button"
          data-kind="primary"
          disabled={isPending || plan.selected === 0}
          onClick={() => mutate()}
        >
          {isPending ? 'Working …' : 'Start the replay'}
        </button>
      </div>
    </div>
  );
}
