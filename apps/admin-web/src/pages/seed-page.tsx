import type { ReactElement } from 'react';
import { useNavigate, useParams } from 'react-router';
import type { SeedCertificateReport, SeedReport } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Badge, Notice, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { FigureTable } from '../ui/table.js';
import { counted, grouped, took } from '../ui/text.js';
import { RunHead, RunProgress, RunRoute } from './run-parts.js';
import { describeSeedTarget } from './seeds-page.js';

const POLL_MS = 700;

/** One seed: how far it is, what it has proved, and what may be done with it. The server runs it: this page may be closed. */
export function SeedPage(): ReactElement {
  const { id = '' } = useParams();
  return (
    <QueryView<SeedReport>
      path={apiPath('seeds', id)}
      what="the seed"
      everyMs={(seed) => (seed && seed.state !== 'running' ? false : POLL_MS)}
    >
      {(seed) => <SeedView seed={seed} />}
    </QueryView>
  );
}

function SeedView({ seed }: { readonly seed: SeedReport }): ReactElement {
  const { wish, shape, problem, unreadable, certificate, positions } = seed;
  return (
    <>
      <RunHead kind="Seed" run={seed}>
        <Acts seed={seed} />
      </RunHead>
      <div className="stack">
        {problem && (
          <Notice tone="danger">
            <strong>{problem.reason}</strong>
            <p className="muted mono">{problem.code}</p>
          </Notice>
        )}
        {unreadable > 0 && <Notice tone="warn">{counted(unreadable, 'message')} could not be read.</Notice>}
        <RunProgress run={seed}>
          {seed.state === 'running' && seed.phase === 'scanning' ? (
            <p role="status">{describeScans(seed.scans)}</p>
          ) : (
            <Figures seed={seed} />
          )}
        </RunProgress>
        {certificate !== null && <Certificate id={certificate} />}
        <RunRoute run={seed} into={describeSeedTarget(wish.to)}>
          <dt>What of it</dt>
          <dd>{shape}</dd>
        </RunRoute>
        <Panel title="By partition" flush>
          <FigureTable
            label="By partition"
            heads={['Partition', 'From', 'Until', 'Next']}
            rows={positions.map(({ partition, from, until, next }) => [partition, from, until, next])}
          />
        </Panel>
      </div>
    </>
  );
}

function Figures({ seed }: { readonly seed: SeedReport }): ReactElement {
  const { state, phase, read, total, compared, perSecond, etaSeconds } = seed;
  const isComparing = state === 'running' && phase === 'comparing';
  return (
    <p role="status">
      {grouped(read)} of at most {counted(total, 'message')} read
      {state === 'running' && !isComparing && perSecond > 0 && <>, {counted(perSecond, 'record')} a second</>}
      {state === 'running' && !isComparing && etaSeconds !== null && <>, {took(etaSeconds * 1_000)} left</>}
      {isComparing && <>; comparing target and topic: {counted(compared, 'message')} so far</>}
    </p>
  );
}

/** `scanning erp: 6,000 records on 12 pages; shop scanned: …` */
function describeScans(scans: SeedReport['scans']): string {
  const texts = scans.map(({ system, pages, records, isEnded }) => {
    const figures = `${counted(records, 'record')} on ${counted(pages, 'page')}`;
    return `${isEnded ? 'scanned' : 'scanning'} ${system}: ${figures}`;
  });
  return texts.join('; ');
}

/** What the systems said, and how the topic differed from that. */
function describeSources({ systems, differences }: NonNullable<SeedCertificateReport['sources']>): string {
  const said = systems.map(({ system, records, silent }) => {
    return `${system} ${counted(records, 'record')}${silent > 0 ? `, ${grouped(silent)} of them without a word` : ''}`;
  });
  const { added, changed, removed, keys } = differences;
  const counts = `${grouped(added)} were missing, ${grouped(changed)} different, ${grouped(removed)} too many`;
  return `${said.join('; ')}. In the topic ${counts}${keys.length > 0 ? `: ${keys.join(', ')}` : ''}.`;
}

function Certificate({ id }: { readonly id: string }): ReactElement {
  return (
    <Panel title="Certificate">
      <QueryView<SeedCertificateReport> path={apiPath('seeds', 'certificates', id)} what="the certificate">
        {({ target, topic, records, live, sources, digest, isSigned, keyId, by, at }) => (
          <dl className="facts-list">
            <dt>Says</dt>
            <dd>
              {target} held {counted(records, 'record')} of {topic}, {grouped(live)} of them live.
            </dd>
            {sources && (
              <>
                <dt>From the systems</dt>
                <dd>{describeSources(sources)}</dd>
              </>
            )}
            <dt>Digest</dt>
            <dd className="key mono">{digest}</dd>
            <dt>Signature</dt>
            <dd>
              <Badge tone={isSigned ? 'ok' : 'danger'}>{isSigned ? 'right' : 'wrong'}</Badge> of the key{' '}
              <span className="mono">{keyId}</span>
            </dd>
            <dt>When</dt>
            <dd>
              <Ago at={at} /> by {by}
            </dd>
            <dt>Holds it still?</dt>
            <dd className="key mono">plumbline seed certificate {id} --to …</dd>
          </dl>
        )}
      </QueryView>
    </Panel>
  );
}

function Acts({ seed: { id, state, wish } }: { readonly seed: SeedReport }): ReactElement | null {
  const navigate = useNavigate();
  const again = async (): Promise<void> => {
    const next = await post<SeedReport>('/api/seeds', wish);
    await navigate(`/seeds/${encodeURIComponent(next.id)}`);
  };
  if (state === 'running')
    return (
      <ActDialog
        needs="seed:start"
        label="Abort …"
        confirm="Abort"
        title="Abort this seed?"
        kind="danger"
        needsReason={false}
        act={() => post(apiPath('seeds', id, 'abort'))}
      >
        <p>
          It ends at the end of its page. The target keeps what it has, and another seed into it goes on from there.
        </p>
      </ActDialog>
    );
  return (
    <ActDialog
      needs="seed:start"
      label={state === 'done' ? 'Bring up to date' : 'Go on'}
      title={state === 'done' ? 'Bring the target up to date?' : 'Go on with this seed?'}
      kind="primary"
      needsReason={false}
      act={again}
    >
      <p>A new seed into the same target goes on exactly where it stands, and is certified when it is done.</p>
    </ActDialog>
  );
}
