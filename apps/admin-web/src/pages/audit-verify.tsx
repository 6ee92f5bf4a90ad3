import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { AuditChain, AuditVerification } from '#contracts';
import { get } from '../api/client.js';
import { Ago, Badge, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { counted, grouped } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';

/** Whether the chains are whole. Reads all of them, so only when somebody asks. */
export function AuditVerify(): ReactElement {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['audit-verification'],
    queryFn: () => get<AuditVerification>('/api/audit/verify'),
    enabled: false,
  });
  const button = (
    <button className="button" disabled={isFetching} onClick={() => void refetch()}>
      {isFetching ? 'Verifying …' : data ? 'Verify again' : 'Verify the chains'}
    </button>
  );
  return (
    <Panel title="State of the chains" end={button} flush>
      {error && <ErrorNotice error={error} />}
      {data ? (
        <Verification verification={data} />
      ) : (
        <div className="panel-body muted">
          Verifying reads every entry, checks its signature and its place, and compares the chain with all that was
          published of it.
        </div>
      )}
    </Panel>
  );
}

function Verification({ verification: { at, chains } }: { readonly verification: AuditVerification }): ReactElement {
  const problems = chains.reduce((sum, chain) => sum + chain.problems.length, 0);
  return (
    <>
      <div className="panel-body" role="status">
        <Badge tone={problems === 0 ? 'ok' : 'danger'}>{problems === 0 ? 'whole' : counted(problems, 'problem')}</Badge>{' '}
        verified <Ago at={at} />
      </div>
      <Table label="Chains" heads={['Service', ...figures('Entries', 'Published'), 'Head', 'Anchored at', 'Verdict']}>
        {chains.map((chain) => (
          <ChainRow key={chain.service} chain={chain} />
        ))}
      </Table>
    </>
  );
}

function ChainRow({ chain }: { readonly chain: AuditChain }): ReactElement {
  const { service, entries, checkpoints, head, anchored, problems } = chain;
  const [first] = problems;
  return (
    <tr>
      <th scope="row">{service}</th>
      <td className="number">{grouped(entries)}</td>
      <td className="number">{grouped(checkpoints)}</td>
      <td className="mono">{head ? `${head.seq} ${head.hash.slice(0, 12)}` : '–'}</td>
      <td>{anchored ? `entry ${anchored.seq}` : 'nothing published'}</td>
      <td>
        {first ? (
          <Badge tone="danger">
            {first.kind} at {first.seq}
            {problems.length > 1 && `, and ${problems.length - 1} more`}
          </Badge>
        ) : (
          <Badge tone="ok">{entries === 0 ? 'empty' : 'whole'}</Badge>
        )}
      </td>
    </tr>
  );
}
