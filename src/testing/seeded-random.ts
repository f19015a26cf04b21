import type { Random } from '../index.js';

/**
 * Chance that comes out the same each time: as `random` of `createSyncer`, so that a test that failed fails again.
 *
 * @param seed any number or text; the same one gives the same sequence
 * @example const syncer = createSyncer({ connectors, store: memory(), random: seededRandom(7) });
 */
export function seededRandom(seed: number | string): Random {
  let [a, b, c, d] = words(String(seed));
  // sfc32, by Chris Doty-Humphrey (PractRand): 128 bits of state, passes BigCrush.
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers still show how the seeds were alike.
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** A text as 128 bits: FNV-1a with four beginnings. */
function words(text: string): [number, number, number, number] {
  const hash = (start: number): number => {
    let value = start | 0;
    for (let i = 0; i < text.length; i++) {
      value = Math.imul(value ^ text.charCodeAt(i), 16_777_619);
    }
    return value | 0;
  };
  return [hash(2_166_136_261), hash(374_761_393), hash(668_265_263), hash(1)];
}
