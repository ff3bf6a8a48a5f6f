// People of the demo without a browser: what a script does over the API with a session's cookie.

/** Somebody who is signed in. */
export class Session {
  private constructor(
    private readonly portal: string,
    /** As a browser sends it: `name=secret`. */
    readonly cookie: string,
  ) {}

  static async of(portal: string, name: string): Promise<Session> {
    const people = await fetch(`${portal}/api/sign-in/people`, { method: 'POST' });
    const person = ((await people.json()) as { id: string; name: string }[]).find((one) => one.name === name)!.id;
    const signed = await fetch(`${portal}/sign-in`, {
      method: 'POST',
      body: new URLSearchParams({ person }),
      redirect: 'manual',
    });
    return new Session(portal, signed.headers.getSetCookie()[0]!.split(';')[0]!);
  }

  /** Reads; fails on any answer but 200, and where there is none. */
  get<T>(path: string): Promise<T> {
    return this.ask<T>(path, {}, 200);
  }

  /** Changes; fails on any answer but the expected, and where there is none. */
  post<T>(path: string, body: unknown, expected: number): Promise<T> {
    const headers = { 'content-type': 'application/json', origin: this.portal };
    return this.ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) }, expected);
  }

  /** Pushes a folder. */
  push<T>(archive: Buffer, note: string, expected: number): Promise<T> {
    const headers = { 'content-type': 'application/gzip', origin: this.portal };
    const path = `changesets?note=${encodeURIComponent(note)}`;
    return this.ask<T>(path, { method: 'POST', headers, body: new Uint8Array(archive) }, expected);
  }

  private async ask<T>(path: string, { headers, ...init }: RequestInit, expected: number): Promise<T> {
    const answer = await fetch(`${this.portal}/api/v1/${path}`, { ...init, headers: { ...headers, cookie: this.cookie } });
    const text = await answer.text();
    if (answer.status !== expected) throw new Refused(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }
}

/** An answer that was not the expected one; where there was none, `fetch` throws something else. */
export class Refused extends Error {}
