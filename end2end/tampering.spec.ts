// The audit, tampered with by whoever administers the database, before the eyes of an auditor who holds its public key
// and a copy of its checkpoints. `make fault ONLY=demonstration` runs it alone and tells what was said.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { ends, run, verify, type Said } from './support/command.ts';
import { Database } from './support/database.ts';
import { program } from './support/demo.ts';
import { expect, test } from './support/journey.ts';
import { Served, signIn } from './support/served.ts';

test('an altered entry and an older dump are found with the public key, and a restore is told of', async ({ browserOf }) => {
  test.setTimeout(300_000);
  const database = await Database.start();
  const served = await Served.start(database.settings);
  const page = await browserOf('the auditor', { at: served.portal, elsewhere: true });
  const auditor = new Auditor(page, served);
  try {
    await auditor.page.goto('/audit');
    await signIn(auditor.page, served, 'olga');
    await auditor.learnsTheKey();
    await test.step('what nobody touched holds', async () => {
      const said = auditor.verifies(await auditor.exports());
      ends(said, 0, /^holds: all \d+ entries/);
    });
    const older = database.dump();
    expect((await auditor.mapsGroup('operators')).status()).toBe(200);
    await auditor.exports();
    auditor.keepsCheckpoints();

    await test.step('an entry that a superuser alters is named', async () => {
      const [seq, index] = database
        .run("select entry, index from audit_leaf join audit on seq = entry where event->>'kind' = 'signed_in' limit 1")
        .split('|');
      database.run(
        'alter table audit disable trigger all',
        `update audit set event = jsonb_set(event, '{name}', '"Paul Public"') where seq = ${seq}`,
        'alter table audit enable always trigger the_audit_is_append_only',
        'alter table audit enable always trigger an_entry_awaits_its_leaf',
      );
      const said = auditor.verifies(await auditor.exports());
      ends(said, 1, new RegExp(`^does not hold: entry ${index}, line \\d+: what it says is not what was hashed`));
    });

    await test.step('an older dump opens read-only, and an export of it does not hold', async () => {
      await auditor.leaves();
      await served.stopPortal();
      database.restore(older);
      await served.startPortal();
      const refused = await auditor.mapsGroup('operators');
      expect(refused.status()).toBe(503);
      expect(await refused.text()).toContain('read-only');
      await auditor.page.goto('/audit');
      await expect(auditor.page.getByText('Read-only: entries are gone that were signed for.')).toBeVisible();
      const said = auditor.verifies(await auditor.exports(), '--checkpoints', auditor.kept);
      ends(said, 1, /^does not hold: .*a checkpoint over \d+ entries is known, and those from here on are gone/);
    });

    await test.step('once the restore is recorded, changes are made and the export tells of it', async () => {
      await auditor.leaves();
      await served.stopPortal();
      const recorded = run(program(), ['restore', '--reason', 'the disk broke'], served.settings);
      ends(recorded, 0, /^recorded: the audit's log goes on as branch 2/);
      await served.startPortal();
      expect((await auditor.mapsGroup('operators')).status()).toBe(200);
      const said = auditor.verifies(await auditor.exports(), '--checkpoints', auditor.kept);
      ends(said, 0, /a restore that the log records took back what a checkpoint of branch 1 covers/);
    });
  } finally {
    auditor.forgets();
    await page.context().close();
    await served.stop();
    await database.stop();
  }
});

class Auditor {
  /** Where their files are, out of the portal's reach. */
  private readonly folder = mkdtempSync(join(tmpdir(), 'aegis-auditor-'));
  private key = '';

  constructor(
    readonly page: Page,
    private readonly served: Served,
  ) {}

  get kept(): string {
    return join(this.folder, 'checkpoint');
  }

  /** Once, and before anybody tampers with anything. */
  async learnsTheKey(): Promise<void> {
    const told = await this.page.request.get('/api/v1/audit/key');
    this.key = ((await told.json()) as { key: string }).key;
  }

  /** Before the portal goes, of which an open page would complain. */
  async leaves(): Promise<void> {
    await this.page.goto('about:blank');
  }

  keepsCheckpoints(): void {
    cpSync(join(this.served.settings['DATA_DIR']!, 'bundles/audit/checkpoint'), this.kept, { recursive: true });
  }

  /** By the button of the page. */
  async exports(): Promise<string> {
    await this.page.goto('/audit');
    const coming = this.page.waitForEvent('download');
    await this.page.getByRole('button', { name: 'Export log' }).click();
    const file = join(this.folder, 'audit.jsonl');
    await (await coming).saveAs(file);
    return file;
  }

  verifies(file: string, ...more: string[]): Said {
    return verify(file, this.key, ...more);
  }

  /** A change: what members of a group may. */
  mapsGroup(group: string) {
    const form = { act: 'map', group, role: 'operator', scope: 'portal' };
    return this.page.request.post('/access', { form, headers: { origin: this.served.portal } });
  }

  forgets(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
