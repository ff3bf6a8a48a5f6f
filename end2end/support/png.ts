// Pictures of pages written small: few colours make up a page, and what the browser writes is two to three times as
// long as it has to be.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;
/** How far apart two colours are, squared, that are no shades of each other. */
const SHADE = 18 ** 2;
/** Where a file says how it holds colours, and the number for what is written here: by their number in a table. */
const [HOW, INDEXED] = [25, 3];

/** Writes those pictures of a folder anew that the browser wrote. */
export function shrink(folder: string): void {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.png'))) {
    const [path, png] = [join(folder, name), readFileSync(join(folder, name))];
    if (png[HOW] !== INDEXED) writeFileSync(path, small(png));
  }
}

/**
 * The same picture in at most 256 colours: the most frequent ones that are no shades of each other, then the most
 * frequent shades, and for each other colour the one nearest to it. By their number alone all would be greys of
 * letters, and the few points of a mark would change their colour.
 */
function small(png: Buffer): Buffer {
  const { width, height, colours } = read(png);
  const { palette, index } = choose(colours);
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = index.get(colours[y * width + x]!)!;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, INDEXED, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const data = deflateSync(lines, { level: 9, memLevel: 9 });
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

interface Picture {
  width: number;
  height: number;
  /** Red, green and blue of each point, in one number. */
  colours: Uint32Array;
}

/** What the browser writes: eight bits a channel, three or four channels, not interlaced. */
function read(png: Buffer): Picture {
  const chunks: Record<string, Buffer[]> = {};
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    (chunks[kind] ??= []).push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const head = chunks['IHDR']![0]!;
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[head[9]!];
  if (head[8] !== 8 || !channels || head[12] !== 0) throw new Error('this is no picture as the browser writes them');
  const lines = unfilter(inflateSync(Buffer.concat(chunks['IDAT']!)), width * channels, height, channels);
  const colours = new Uint32Array(width * height);
  for (let point = 0; point < colours.length; point += 1) {
    const at = point * channels;
    colours[point] = (lines[at]! << 16) | (lines[at + 1]! << 8) | lines[at + 2]!;
  }
  return { width, height, colours };
}

/** Undoes the filters of PNG (its specification, section 9). */
function unfilter(packed: Buffer, stride: number, height: number, channels: number): Uint8Array {
  const plain = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = packed[y * (stride + 1)]!;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= channels ? plain[at - channels]! : 0;
      const up = y > 0 ? plain[at - stride]! : 0;
      const corner = x >= channels && y > 0 ? plain[at - stride - channels]! : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
      plain[at] = packed[y * (stride + 1) + 1 + x]! + guess;
    }
  }
  return plain;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function choose(colours: Uint32Array): { palette: number[]; index: Map<number, number> } {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts.keys()].toSorted((a, b) => counts.get(b)! - counts.get(a)! || a - b);
  const palette: number[] = [];
  for (const colour of byCount) {
    if (palette.length < COLOURS && palette.every((other) => apart(colour, other) > SHADE)) palette.push(colour);
  }
  const chosen = new Set(palette);
  palette.push(...byCount.filter((colour) => !chosen.has(colour)).slice(0, COLOURS - palette.length));
  const index = new Map(palette.map((colour, at) => [colour, at]));
  for (const colour of byCount) if (!index.has(colour)) index.set(colour, nearest(colour, palette));
  return { palette, index };
}

function nearest(colour: number, palette: number[]): number {
  let best = 0;
  for (let at = 1; at < palette.length; at += 1) {
    if (apart(colour, palette[at]!) < apart(colour, palette[best]!)) best = at;
  }
  return best;
}

function apart(one: number, other: number): number {
  return [16, 8, 0].reduce((sum, shift) => sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
