// A sheet for each page in docs/design/: the drawing beside the product, and where the two differ.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './demo.ts';
import { DEVIATIONS, EVERYWHERE } from './deviations.ts';
import { PAGES } from './pages.ts';

const FOLDER = join(root, 'docs/design');

/** The sheets as they should be, by their files. */
export function sheets(): Map<string, string> {
  const each = PAGES.map(({ name }): [string, string] => [`${name}.md`, sheet(name)]);
  const lines = PAGES.map(({ name }) => `- [${name}](${name}.md)${isDrawn(name) ? ', drawn' : ''}\n`);
  const everywhere = EVERYWHERE.map(bullet).join('');
  const list = `# Pages, as drawn and as built\n\n${WRITTEN}\n\nOn every page:\n\n${everywhere}\n${lines.join('')}`;
  return new Map([...each, ['README.md', list]]);
}

/** The sheets as they are. */
export function sheetsThere(): Map<string, string> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));
  return new Map(files.map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
}

export function writeSheets(): void {
  for (const name of sheetsThere().keys()) rmSync(join(FOLDER, name));
  for (const [name, text] of sheets()) writeFileSync(join(FOLDER, name), text);
}

const WRITTEN = 'Written by `make pictures`, of `end2end/support/deviations.ts`.';

function sheet(name: string): string {
  const product = (look: string) => `![${name}, ${look}](../pictures/${name}-${look}.png)`;
  const wide = isDrawn(name)
    ? `| drawing | product |\n| --- | --- |\n| ![${name}, drawn](drawing/${name}.png) | ${product('light-1440')} |\n`
    : `Not drawn: made in the manner of those that are.\n\n${product('light-1440')}\n`;
  const deviations = DEVIATIONS[name] ?? [];
  const list = isDrawn(name) ? `\n## Where they differ, and why\n\n${[...deviations, ...EVERYWHERE].map(bullet).join('')}` : '';
  const others = ['dark-1440', 'light-390', 'dark-390'].map(product).join('\n');
  return `# ${name}\n\n${WRITTEN}\n\n${wide}${list}\n## Dark, and narrow\n\n${others}\n`;
}

function bullet([what, why]: [string, string]): string {
  return `- **${what}.** ${why}\n`;
}

function isDrawn(name: string): boolean {
  return existsSync(join(FOLDER, 'drawing', `${name}.png`));
}
