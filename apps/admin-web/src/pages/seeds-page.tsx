import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { SeedCertificateReport, SeedReport, SeedTargetWish } from '#contracts';
import { Ago, Badge, Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { figures, Table } from '../ui/table.js';
import { grouped } from '../ui/text.js';
import { RunsTable, type ListedRun } from './runs-table.js';

const POLL_MS = 700;
const REST_MS = 5_000;

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
  return <RunsTable kind="Seed" runs={seeds.map(toListed)} />;
}

function toListed(seed: SeedReport): ListedRun {
  const { id, read, wish } = seed;
  return { ...seed, name: id.slice(0, 13), into: describeSeedTarget(wish.to), messages: read };
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

/** Where a seed writes, as it was asked for. */
export function describeSeedTarget(to: SeedTargetWish): string {
  return to.kind === 'topic' ? `topic ${to.topic}` : `store ${to.store}, table ${to.table ?? ''}`;
}
