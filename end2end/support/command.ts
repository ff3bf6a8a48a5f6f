// Programs that are run to their end.

import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

import { expect } from '@playwright/test';

import { root } from './demo.ts';

/** What a program said, and how it ended. */
export interface Said {
  code: number | null;
  text: string;
}

export function run(command: string, args: string[], settings: Record<string, string> = {}): Said {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...settings },
  });
  if (error) throw error;
  const text = stdout || stderr;
  if (process.env['TELL']) console.log(`    ${args.slice(0, 2).join(' ')}: ${text.trim()}  (${status})`);
  return { code: status, text };
}

/** Holds a file that was taken out of the audit against the log's public key, without the portal. */
export function verify(file: string, key: string, ...more: string[]): Said {
  return run(aegis(), ['audit', 'verify', file, '--key', key, ...more]);
}

export function ends({ code, text }: Said, expected: number, said: RegExp): void {
  expect(text).toMatch(said);
  expect(code, text).toBe(expected);
}

function aegis(): string {
  return process.env['AEGIS'] ?? join(resolve(root, process.env['CARGO_TARGET_DIR'] ?? 'target'), 'debug/aegis');
}
