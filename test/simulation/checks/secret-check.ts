import { inspect } from 'node:util';
import type { Syncer } from 'syncline';
import type { Canary } from '../world/canary.js';
import { must } from './violation.js';

const ALL = { depth: 30, maxArrayLength: null, maxStringLength: null, showHidden: true };

/** I15: no secret is in anything that is told, or in anything that is kept unsealed. */
export class SecretCheck {
  readonly #canary: Canary;

  constructor(canary: Canary) {
    this.#canary = canary;
  }

  /** Something that plain JSON says in full: an event, a row. */
  told(place: string, value: unknown): void {
    this.#look(place, JSON.stringify(value));
  }

  /** An error, with all that hangs on it. */
  thrown(error: unknown): void {
    this.#look('an error', inspect(error, ALL));
  }

  /** What is kept, as an app reads it, and as its bytes are. */
  async kept(syncer: Syncer, bytes: readonly (readonly [name: string, Buffer])[]): Promise<void> {
    if (this.#canary.kind === 'none') return;
    for await (const row of syncer.logs()) this.told('a log row', row);
    for await (const row of syncer.traffic()) this.told('a traffic row', row);
    for await (const row of syncer.runs()) this.told('a run', row);
    for (const [name, content] of bytes) this.#look(name, content);
  }

  #look(place: string, content: string | Buffer): void {
    const form = this.#canary.foundIn(content);
    must(form === undefined, 'I15', () => {
      const where = typeof content === 'string' ? `: ${content}` : '';
      return `a secret is in ${place}, as ${form ?? ''}${where}`;
    });
  }
}
