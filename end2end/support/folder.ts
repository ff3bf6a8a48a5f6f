// Folders of policies as an author has them, and as they are uploaded.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { root } from './demo.ts';

const S3 = 'rego/provisioning/s3/s3.rego';
const S3_TEST = 'rego/provisioning/s3/s3_test.rego';

/** A change to the files of a folder: each by its path, from its text to another. */
type Change = Record<string, (text: string) => string>;

/** The shipped policies with another message for a bucket without encryption, as a `.tar.gz`. */
export function withMessage(message: string): Buffer {
  const shipped = 'must have server-side encryption enabled';
  const say = (text: string) => text.replaceAll(shipped, message);
  return shippedPolicies({ [S3]: say, [S3_TEST]: say });
}

/** The shipped policies with another message, and a module of so many lines more. */
export function withLongModule(message: string, lines: number): Buffer {
  const say = (text: string) => text.replaceAll('must have server-side encryption enabled', message);
  const more = Array.from({ length: lines }, (_, at) => `# ${at}: a bucket is "encrypted" if \`sse\` == true`).join('\n');
  return shippedPolicies({ [S3]: (text) => `${say(text)}\n${more}\n`, [S3_TEST]: say });
}

/** The shipped policies with another message, and with a comment in the module. */
export function withComment(message: string, comment: string): Buffer {
  const say = (text: string) => text.replaceAll('must have server-side encryption enabled', message);
  return shippedPolicies({ [S3]: (text) => `${say(text)}\n# ${comment}\n`, [S3_TEST]: say });
}

/** The shipped policies, one of which says these things of itself. */
export function withMetadata(words: { title: string; description: string; ref: string; owner: string; controls: string[]; fix: string }): Buffer {
  const { title, description, ref, owner, controls, fix } = words;
  const said: [RegExp, string][] = [
    [/^# title: .*$/m, `# title: ${inYaml(title)}`],
    [/^# description: >-\n(#   .*\n)+/m, `# description: ${inYaml(description)}\n`],
    [/^#   - ref: .*$/m, `#   - ref: ${inYaml(ref)}\n#     description: ${inYaml(description)}`],
    [/^#   controls: .*$/m, `#   controls: [${controls.map(inYaml).join(', ')}]`],
    [/^#   owner: .*$/m, `#   owner: ${inYaml(owner)}`],
    [/^#       title: .*$/m, `#       title: ${inYaml(title)}`],
    [/^#       fix: .*$/m, `#       fix: ${inYaml(fix)}`],
  ];
  return shippedPolicies({ [S3]: (text) => said.reduce((text, [line, other]) => text.replace(line, () => other), text) });
}

/** Text as a scalar of YAML that stands in one line of ASCII. */
function inYaml(text: string): string {
  const escaped = (sign: string) => `\\U${sign.codePointAt(0)!.toString(16).padStart(8, '0')}`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replace(/[^ -~]/gu, escaped)}"`;
}

/** The shipped policies with a rule that does not parse: its file, as the portal names it, and its line. */
export function withSyntaxError(): { archive: Buffer; file: string; line: number } {
  let line = 0;
  const broken = (text: string) => {
    line = text.split('\n').length;
    return `${text}deny contains msg if { msg := \n`;
  };
  return { archive: shippedPolicies({ [S3]: broken }), file: S3.replace('rego/', ''), line };
}

function shippedPolicies(changes: Change): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-folder-'));
  try {
    cpSync(join(root, 'policies'), folder, { recursive: true });
    for (const [path, change] of Object.entries(changes)) {
      const before = readFileSync(join(folder, path), 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`${path} is not changed`);
      writeFileSync(join(folder, path), after);
    }
    // GNU's own format has another way to write long names, which is refused with this very advice.
    return execFileSync('tar', ['--format=ustar', '-C', folder, '-cz', '.'], { maxBuffer: 64 << 20 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
