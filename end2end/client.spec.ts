// What a browser has to fetch before a page is alive.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './support/demo.ts';
import { expect, test } from './support/journey.ts';

/** Bytes, packed by brotli. */
const LARGEST = 600_000;

test('the client is at most 600 KB', () => {
  const folder = join(process.env['SITE_ROOT'] ?? join(root, 'target/site'), 'pkg');
  const packed = readdirSync(folder).filter((name) => name.endsWith('.br'));
  expect(packed, 'its code, its glue and its style').toEqual(expect.arrayContaining(['app.css.br', 'app.js.br', 'app_bg.wasm.br']));
  const bytes = packed.map((name) => statSync(join(folder, name)).size).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThanOrEqual(LARGEST);
});
