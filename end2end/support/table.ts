// The table of docs/proof.md: what was found on each page.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './demo.ts';

/** How many faults of each kind a page has. */
export interface Findings {
  axe: number;
  keyboard: number;
  console: number;
  narrow: number;
}

const FILE = join(root, 'docs/proof.md');
const [BEGIN, END] = ['<!-- pages: written by `make pictures` -->\n', '<!-- /pages -->\n'];

/** A row for each page, in the order of its address. */
export function rows(found: Map<string, { at: string; findings: Findings }>): string {
  const told = (number: number, none: string) => (number === 0 ? none : `**${number}**`);
  const each = [...found].map(([name, { at, findings: { axe, keyboard, console, narrow } }]) => {
    const cells = [told(axe, '0'), told(keyboard, 'all of it'), told(console, 'silent'), told(narrow, 'fits')];
    return `| ${name} | \`${at}\` | ${cells.join(' | ')} |\n`;
  });
  return `| page | address | axe: violations | keyboard | console | 320 px |\n| --- | --- | --- | --- | --- | --- |\n${each.join('')}`;
}

/** The table as it stands there. */
export function written(): string {
  const [, rest] = readFileSync(FILE, 'utf8').split(BEGIN);
  if (rest === undefined) throw new Error(`${FILE} has no place for the table of pages`);
  return rest.split(END)[0]!;
}

/** Puts another in its place. */
export function write(table: string): void {
  const text = readFileSync(FILE, 'utf8');
  writeFileSync(FILE, text.replace(`${BEGIN}${written()}${END}`, `${BEGIN}${table}${END}`));
}
