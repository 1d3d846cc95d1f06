import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SaveSlideSettings, SlideSettings } from '@/lib/contracts/slide-settings';
import { AppError } from '@/lib/errors';
import { keepSettings, type SettingsFields, type SettingsSaving } from './keep-settings';

/** A server with one slide's settings, and a page that shows them. */
function setUp(save?: (body: SaveSlideSettings, accept: () => SlideSettings) => Promise<SlideSettings>) {
  const server = { stored: { revision: 3, size_thresh: 20, corrections: [] } as SlideSettings };
  const page = { settings: { corrections: [] } as SettingsFields, saving: { step: 'loading' } as SettingsSaving };
  const saves: SaveSlideSettings[] = [];
  let gate = Promise.resolve();
  /** Keeps answers back. @returns what lets them go */
  const holdAnswers = (): (() => void) => {
    let release = () => {};
    gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  };
  const keeper = keepSettings({
    read: async () => {
      const { stored } = server;
      await gate;
      return stored;
    },
    save: async (body) => {
      saves.push(body);
      const { base_revision: base, ...fields } = body;
      const accept = () => {
        if (base !== server.stored.revision) throw new AppError('revision_conflict', 'There is a newer one.');
        server.stored = { ...fields, revision: base + 1 };
        return server.stored;
      };
      return save ? save(body, accept) : accept();
    },
    current: () => page.settings,
    show: (settings) => {
      page.settings = settings;
    },
    onChange: (saving) => {
      page.saving = saving;
    },
    pauseMs: 20,
  });
  const change = (fields: Partial<SettingsFields>) => {
    page.settings = { ...page.settings, ...fields };
    keeper.changed();
  };
  afterEach(() => keeper.end());
  return { server, page, saves, keeper, change, holdAnswers };
}

describe('settings', () => {
  it('are read, and a moved slider is sent once it rests', async () => {
    const { page, saves, keeper, change, server } = setUp();
    await keeper.refresh();
    expect(page).toMatchObject({ settings: { size_thresh: 20 }, saving: { step: 'saved' } });
    for (const size of [21, 22, 23]) change({ size_thresh: size });
    expect(page.saving.step).toBe('saving');
    expect(keeper.isUnsaved()).toBe(true);
    await vi.waitFor(() => expect(page.saving.step).toBe('saved'));
    expect(saves).toEqual([{ base_revision: 3, size_thresh: 23, corrections: [] }]);
    expect(server.stored).toMatchObject({ revision: 4, size_thresh: 23 });
    expect(keeper.isUnsaved()).toBe(false);
  });

  it('of somebody else are taken while nothing here is unsaved', async () => {
    const { page, keeper, server } = setUp();
    await keeper.refresh();
    server.stored = { revision: 4, size_thresh: 50, corrections: [] };
    await keeper.refresh();
    expect(page.settings.size_thresh).toBe(50);
  });

  it('that were read before a change was saved do not take its place', async () => {
    const { page, keeper, change, server, holdAnswers } = setUp();
    await keeper.refresh();
    const release = holdAnswers();
    const reading = keeper.refresh();
    change({ size_thresh: 23 });
    await vi.waitFor(() => expect(server.stored.revision).toBe(4));
    release();
    await reading;
    expect(page).toMatchObject({ settings: { size_thresh: 23 }, saving: { step: 'saved' } });
  });

  it('whose saving was not answered are no conflict with themselves', async () => {
    let tries = 0;
    const { page, keeper, change, server } = setUp(async (_, accept) => {
      const saved = accept();
      if (++tries === 1) throw new AppError('unreachable', 'Away.', { retryAfterSeconds: 0.01 });
      return saved;
    });
    await keeper.refresh();
    change({ size_thresh: 23, corrections: [{ positive: true, y: 2, x: 1, kind: 'add' }] });
    await vi.waitFor(() => expect(page.saving.step).toBe('saved'), 3000);
    expect(server.stored).toMatchObject({ revision: 4, size_thresh: 23 });
    change({ size_thresh: 24 });
    await vi.waitFor(() => expect(server.stored).toMatchObject({ revision: 5, size_thresh: 24 }));
  });

  it('that wait for their pause when the page is left are sent', async () => {
    const { keeper, change, server } = setUp();
    await keeper.refresh();
    change({ size_thresh: 23 });
    keeper.end();
    await vi.waitFor(() => expect(server.stored).toMatchObject({ revision: 4, size_thresh: 23 }));
  });

  it.each([
    ['theirs', 50, 4],
    ['mine', 23, 5],
  ] as const)('changed in two windows: %s wins when a person says so', async (choice, size, revision) => {
    const { page, keeper, change, server } = setUp();
    await keeper.refresh();
    server.stored = { revision: 4, size_thresh: 50, corrections: [] };
    change({ size_thresh: 23 });
    await vi.waitFor(() => expect(page.saving.step).toBe('conflict'));
    await keeper.refresh();
    expect(page).toMatchObject({ settings: { size_thresh: 23 }, saving: { step: 'conflict' } });
    await keeper.choose(choice);
    expect(page).toMatchObject({ settings: { size_thresh: size }, saving: { step: 'saved' } });
    expect(server.stored).toMatchObject({ revision, size_thresh: size });
  });

  it('are sent again when the network fails, and what is refused says so', async () => {
    let tries = 0;
    const { page, keeper, change } = setUp(async ({ size_thresh: size }, accept) => {
      if (size === 99) throw new AppError('invalid_option', 'No such size.');
      if (++tries === 1) throw new AppError('unreachable', 'Away.', { retryAfterSeconds: 0.01 });
      return accept();
    });
    await keeper.refresh();
    change({ size_thresh: 23 });
    await vi.waitFor(() => expect(page.saving).toMatchObject({ step: 'saved' }), 3000);
    expect(tries).toBe(2);
    change({ size_thresh: 99 });
    await vi.waitFor(() => expect(page.saving).toEqual({ step: 'refused', problem: 'No such size.' }));
    change({ size_thresh: 24 });
    await vi.waitFor(() => expect(page.saving.step).toBe('saved'));
  });
});
