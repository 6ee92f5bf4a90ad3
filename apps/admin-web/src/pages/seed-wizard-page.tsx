import { useMutation } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useNavigate } from 'react-router';
import type { SeedPlanReport, SeedReport } from '#contracts';
import { post } from '../api/client.js';
import { useOverview } from '../api/live.js';
import { useDenial } from '../api/permissions.js';
import { PageHead } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { StepForm, Steps } from '../ui/steps.js';
import { SeedCommands } from './seed-command-list.js';
import { EMPTY_SEED, toSeedWish, type SeedDraft } from './seed-draft.js';
import { SeedDryRun } from './seed-dry-run.js';
import { SeedShapeFields, SeedTargetFields } from './seed-fields.js';

const STEPS = ['What', 'Where to', 'Dry run', 'Run'];

/** Brings a new store to the state of a golden topic, step by step; nothing is written before its dry run was seen. */
export function SeedWizardPage(): ReactElement {
  const { overview } = useOverview();
  const [given, setDraft] = useState<SeedDraft>(EMPTY_SEED);
  const [at, setAt] = useState(0);
  const entities = overview?.entities ?? [];
  const draft = { ...given, entity: given.entity === '' ? (entities[0] ?? '') : given.entity };
  const change = (part: Partial<SeedDraft>): void => setDraft({ ...draft, ...part });
  const dryRun = useMutation({
    mutationFn: async () => post<SeedPlanReport>('/api/seeds/plan', toSeedWish(draft)),
    onSuccess: () => setAt(2),
  });
  const step = { draft, onChange: change, onStep: setAt };
  return (
    <>
      <PageHead
        title="New seed"
        lead="A new store gets the state of a golden topic, all of it or a part, and a certificate that it has. A dry run shows first what would be read."
      />
      <Steps names={STEPS} at={at} />
      {at === 0 && (
        <StepForm next="Next" onNext={() => setAt(1)}>
          <SeedShapeFields draft={draft} entities={entities} onChange={change} />
        </StepForm>
      )}
      {at === 1 && <Target {...step} dryRun={dryRun} />}
      {at === 2 && dryRun.data && (
        <StepForm next="Next" onNext={() => setAt(3)} onBack={() => setAt(1)}>
          <SeedDryRun plan={dryRun.data} />
        </StepForm>
      )}
      {at === 3 && <Run {...step} plan={dryRun.data} />}
    </>
  );
}

interface StepProps {
  readonly draft: SeedDraft;
  readonly onChange: (part: Partial<SeedDraft>) => void;
  readonly onStep: (at: number) => void;
}

interface TargetProps extends StepProps {
  readonly dryRun: { readonly isPending: boolean; readonly error: Error | null; readonly mutate: () => void };
}

function Target({ draft, onChange, onStep, dryRun }: TargetProps): ReactElement {
  const { isPending, error, mutate } = dryRun;
  const isElsewhere = draft.kind === 'elsewhere';
  return (
    <StepForm
      next={isElsewhere ? 'Show the commands' : 'Dry run'}
      isBusy={isPending}
      onNext={() => (isElsewhere ? onStep(3) : mutate())}
      onBack={() => onStep(0)}
    >
      <SeedTargetFields draft={draft} onChange={onChange} />
      {error && <ErrorNotice error={error} />}
      {isPending && <p role="status">Looking at topic and target …</p>}
    </StepForm>
  );
}

function Run({
  draft,
  onChange,
  onStep,
  plan,
}: StepProps & { readonly plan: SeedPlanReport | undefined }): ReactElement {
  const isElsewhere = draft.kind === 'elsewhere';
  return (
    <div className="stack">
      {!isElsewhere && plan && <Start draft={draft} plan={plan} onBack={() => onStep(2)} />}
      <SeedCommands draft={draft} onChange={onChange} {...(isElsewhere && { onBack: () => onStep(1) })} />
    </div>
  );
}

interface StartProps {
  readonly draft: SeedDraft;
  readonly plan: SeedPlanReport;
  readonly onBack: () => void;
}

function Start({ draft, plan, onBack }: StartProps): ReactElement {
  const navigate = useNavigate();
  const denial = useDenial('seed:start');
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => post<SeedReport>('/api/seeds', toSeedWish(draft)),
    onSuccess: ({ id }) => navigate(`/seeds/${encodeURIComponent(id)}`),
  });
  return (
    <StepForm
      next={plan.isResumed ? 'Go on with the seed' : 'Start the seed'}
      isBusy={isPending}
      denial={denial}
      onNext={() => mutate()}
      onBack={onBack}
    >
      <p>
        The server reads {plan.source} into <span className="key">{plan.target}</span> and compares both at the end.
        This page may be closed; a server that is killed goes on where its last page ended.
      </p>
      {error && <ErrorNotice error={error} />}
    </StepForm>
  );
}
