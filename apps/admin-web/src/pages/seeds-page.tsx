import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { SeedCertificateReport, SeedReport, SeedTargetWish } from '#contracts';
import { Ago, Badge, Empty, PageHead, Panel, type Tone } from '../ui/parts.js';
import { Progress } from '../ui/progress.js';
import { QueryView } from '../ui/query-view.js';
import { figures, Table } from '../ui/table.js';
import { grouped } from '../ui/text.js';

const POLL_MS = 700;
const REST_MS = 5_000;
const TONES: Readonly<Record<SeedReport['state'], Tone>> = {
  running: 'accent',
  failed: 'danger',
  aborted: 'plain',
  done: 'ok',
};

/** The latest seeds, as they go, and what they have proved. */
export function SeedsPage(): ReactElement {
  return (
    <>
      <PageHead
        title="Seeds"
        lead="A new store gets the state of a golden topic, all of it or a part, without a gap or a duplicate; and a signed certificate that it has."
      >
        <Link className="button" data-kind="primary" to="/seeds/new">
          New seed
        </Link>
      </PageHead>
      <div className="stack">
        <Panel title="Latest seeds" flush>
          <QueryView<SeedReport[]>
            path="/api/seeds"
            what="seeds"
            everyMs={(seeds) => (seeds?.some(({ state }) => state === 'running') ? POLL_MS : REST_MS)}
          >
            {(seeds) => <Seeds seeds={seeds} />}
          </QueryView>
        </Panel>
        <Panel title="Certificates" flush>
          <QueryView<SeedCertificateReport[]>
            path="/api/seeds/certificates"
            what="certificates"
            everyMs={() => REST_MS}
          >
            {(certificates) => <Certificates certificates={certificates} />}
          </QueryView>
        </Panel>
      </div>
    </>
  );
}

function Seeds({ seeds }: { readonly seeds: readonly SeedReport[] }): ReactElement {
  if (seeds.length === 0)
    return <Empty title="No seed was ever ordered here.">Begin one with a dry run: it changes nothing.</Empty>;
  return (
    <Table label="Latest seeds" heads={['Seed', 'State', 'From', 'Into', ...figures('Messages'), 'How far', 'Ordered']}>
      {seeds.map((seed) => (
        <SeedRow key={seed.id} seed={seed} />
      ))}
    </Table>
  );
}

function SeedRow({ seed }: { readonly seed: SeedReport }): ReactElement {
  const { id, state, source, wish, read, percent, createdAt, actor } = seed;
  return (
    <tr>
      <th scope="row">
        <Link className="mono" to={`/seeds/${encodeURIComponent(id)}`}>
          {id.slice(0, 13)}
        </Link>
      </th>
      <td>
        <SeedState state={state} />
      </td>
      <td className="key">{source}</td>
      <td className="key">{describeSeedTarget(wish.to)}</td>
      <td className="number">{grouped(read)}</td>
      <td>
        <Progress label={`How far ${id} is`} value={percent} max={100} />
      </td>
      <td>
        <Ago at={createdAt} /> <span className="muted">by {actor}</span>
      </td>
    </tr>
  );
}

function Certificates({ certificates }: { readonly certificates: readonly SeedCertificateReport[] }): ReactElement {
  if (certificates.length === 0) return <Empty title="There is no certificate yet." />;
  return (
    <Table label="Certificates" heads={['Target', 'Topic', 'Holds', ...figures('Records'), 'Signature', 'When']}>
      {certificates.map(({ id, target, topic, shape, records, isSigned, at, by }) => (
        <tr key={id}>
          <th scope="row" className="key">
            {target}
          </th>
          <td className="key">{topic}</td>
          <td>{shape}</td>
          <td className="number">{grouped(records)}</td>
          <td>
            <Badge tone={isSigned ? 'ok' : 'danger'}>{isSigned ? 'right' : 'wrong'}</Badge>
          </td>
          <td>
            <Ago at={at} /> <span className="muted">by {by}</span>
          </td>
        </tr>
      ))}
    </Table>
  );
}

export function SeedState({ state }: { readonly state: SeedReport['state'] }): ReactElement {
  return <Badge tone={TONES[state]}>{state}</Badge>;
}

/** Where a seed writes, as it was asked for. */
export function describeSeedTarget(to: SeedTargetWish): string {
  return to.kind === 'topic' ? `topic ${to.topic}` : `store ${to.store}, table ${to.table ?? ''}`;
}
