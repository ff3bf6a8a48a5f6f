// What browsers complain of: an error or a warning of the console, and what a script throws.

import type { BrowserContext } from '@playwright/test';

export interface Complaint {
  /** The page or the file of which it is. */
  at: string;
  /** The whole of it: who, where, what. */
  said: string;
}

/** Tells of every complaint of every page of a browser, tabs that its pages open among them. */
export function listen(context: BrowserContext, name: string, tell: (complaint: Complaint) => void): void {
  context.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    const at = message.location().url || (message.page()?.url() ?? '');
    tell({ at, said: `${name} at ${at}: ${message.type()}: ${message.text()}` });
  });
  context.on('weberror', (thrown) => {
    const [at, error] = [thrown.page()?.url() ?? '', thrown.error()];
    tell({ at, said: `${name} at ${at}: ${error.stack ?? error}` });
  });
}
