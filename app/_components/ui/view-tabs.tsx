'use client';

import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

type ViewTabsProps<T extends string> = {
  label: string;
  views: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
  children: ReactNode;
};

/** A bar of views over one panel; for the stage, which is dark in both themes. */
export function ViewTabs<T extends string>({ label, views, value, onChange, children }: ViewTabsProps<T>) {
  return (
    <Tabs.Root value={value} onValueChange={onChange} className="flex min-h-0 flex-1 flex-col">
      <Tabs.List
        aria-label={label}
        className="flex shrink-0 gap-1 overflow-x-auto border-stage-line border-b px-2 [scrollbar-width:none]"
      >
        {views.map((view) => (
          <Tabs.Tab
            key={view.value}
            value={view.value}
            className="min-h-11 shrink-0 cursor-pointer border-transparent border-b-2 px-3 text-sm text-stage-muted -outline-offset-2! focus-visible:outline-stage-accent hover:text-stage-ink data-active:border-stage-accent data-active:text-stage-ink"
          >
            {view.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={value} className="flex min-h-0 flex-1 flex-col focus-visible:outline-stage-accent">
        {children}
      </Tabs.Panel>
    </Tabs.Root>
  );
}
