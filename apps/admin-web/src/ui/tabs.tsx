import * as RadixTabs from '@radix-ui/react-tabs';
import { useEffect, useRef, type ReactElement, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';

interface Tab {
  readonly id: string;
  readonly label: string;
  readonly content: ReactNode;
}

/** Tabs; the one that is open is in the address, so that it can be linked to, and in sight where not all have room. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }): ReactElement {
  const [params, setParams] = useSearchParams();
  const asked = params.get('tab');
  const open = tabs.some(({ id }) => id === asked) ? (asked ?? '') : (tabs[0]?.id ?? '');
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[data-state=active]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [open]);
  return (
    <RadixTabs.Root value={open} onValueChange={(tab) => setParams({ tab }, { replace: true })}>
      <RadixTabs.List className="tabs" aria-label={label} ref={list}>
        {tabs.map((tab) => (
          <RadixTabs.Trigger key={tab.id} value={tab.id}>
            {tab.label}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
      {tabs.map((tab) => (
        <RadixTabs.Content key={tab.id} value={tab.id}>
          {tab.content}
        </RadixTabs.Content>
      ))}
    </RadixTabs.Root>
  );
}
