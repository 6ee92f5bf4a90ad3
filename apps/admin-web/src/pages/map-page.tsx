import { useEffect, useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { HubOverview } from '#contracts';
import { useOverview } from '../api/live.js';
import { PageHead } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { ago, counted } from '../ui/text.js';
import { useNow } from '../ui/use-now.js';
import { layOutMap, NODE, type MapLayout, type MapNode } from './map-layout.js';
import { SystemsTable } from './systems-table.js';

const NARROW = matchMedia('(max-width: 820px)');

/** Every system, what flows, how far each is behind and what differs. */
export function MapPage(): ReactElement {
  const { overview, error } = useOverview();
  if (error) return <ErrorNotice error={error} />;
  if (!overview) return <p role="status">Asking every system …</p>;
  return (
    <>
      <PageHead
        title="Map of systems"
        lead="What each system says flows to the golden records in the middle; what they hold flows to the systems that the hub writes. A thick line has work to do."
      />
      <div className="stack">
        <SystemMap overview={overview} />
        <SystemsTable overview={overview} />
      </div>
    </>
  );
}

function SystemMap({ overview }: { readonly overview: HubOverview }): ReactElement {
  const isNarrow = useNarrow();
  const layout = layOutMap(overview, isNarrow);
  const { width, height, hub, nodes } = layout;
  const live = overview.golden?.entities.reduce((sum, entity) => sum + entity.live, 0) ?? 0;
  return (
    <svg className="map" viewBox={`-4 -4 ${width + 8} ${height + 8}`} role="group" aria-label="Systems and what flows">
      <defs>
        <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path className="tip" d="M0 0L8 4L0 8z" />
        </marker>
      </defs>
      {nodes.map((node) => (
        <Edge key={node.system.id} node={node} layout={layout} isNarrow={isNarrow} />
      ))}
      <rect className="hub" x={hub.x} y={hub.y} width={NODE.width} height={NODE.height} rx="10" />
      <text x={hub.x + 16} y={hub.y + 32} fontWeight="650">
        Golden records
      </text>
      <text className="soft" x={hub.x + 16} y={hub.y + 54}>
        {overview.golden ? counted(live, 'live record') : 'golden does not answer'}
      </text>
      {nodes.map((node) => (
        <Node key={node.system.id} node={node} />
      ))}
    </svg>
  );
}

interface EdgeProps {
  readonly node: MapNode;
  readonly layout: MapLayout;
  readonly isNarrow: boolean;
}

function Edge({ node, layout: { hub }, isNarrow }: EdgeProps): ReactElement {
  const isSource = node.side === 'source';
  const busy = node.due > 0 && !isSource;
  const middle = NODE.height / 2;
  const [from, to] = isSource ? [node, hub] : [hub, node];
  const path = isNarrow
    ? // around the side, so that lines of farther systems do not run through nearer boxes
      `M${from.x + NODE.width} ${from.y + middle}h28V${to.y + middle}h-28`
    : `M${from.x + NODE.width} ${from.y + middle}C${from.x + NODE.width + 70} ${from.y + middle} ${to.x - 70} ${to.y + middle} ${to.x} ${to.y + middle}`;
  return <path className="edge" data-busy={busy} d={path} markerEnd="url(#tip)" />;
}

function Node({ node }: { readonly node: MapNode }): ReactElement {
  const { system, x, y } = node;
  const nowMs = useNow();
  const lines = describe(node, nowMs);
  return (
    <Link to={`/systems/${encodeURIComponent(system.id)}`}>
      <rect className="node" data-tone={toneOf(node)} x={x} y={y} width={NODE.width} height={NODE.height} rx="8" />
      <text x={x + 14} y={y + 24} fontWeight="650">
        {system.id}
      </text>
      {lines.map((line, index) => (
        <text className="soft" key={line} x={x + 14} y={y + 44 + index * 17}>
          {line}
        </text>
      ))}
    </Link>
  );
}

function describe({ system: { status, connector }, due, drift, side }: MapNode, nowMs: number): string[] {
  if (!status) return [connector, 'does not answer'];
  const read = status.entities.flatMap(({ caughtUpAt }) => caughtUpAt ?? []).sort()[0];
  const reading = read ? `read ${ago(read, nowMs)}` : 'not yet read';
  const state = status.state === 'running' ? reading : status.state;
  const records = status.entities.reduce((sum, { live }) => sum + live, 0);
  const work = side === 'target' ? `${due} to write · ${drift} drift` : counted(records, 'record');
  return [`${connector} · ${state}`, work];
}

function toneOf({ system: { status }, drift }: MapNode): string | undefined {
  if (!status || status.state === 'stopped') return 'danger';
  return status.state === 'down' || drift > 0 ? 'warn' : undefined;
}

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const change = (): void => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', change);
    return () => NARROW.removeEventListener('change', change);
  }, []);
  return isNarrow;
}
