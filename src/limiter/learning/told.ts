import { Gauge } from '../gauge.js';
import type { PermitRequest } from '../limiter.js';
import { ToldWindow } from '../meter/told-window.js';
import type { Learned } from '../scope-gauges.js';
import type { BelievedPolicy } from './believe.js';

/** An API has few limits and kinds of requests; more of them would be noise. */
const MAX_TOLD = 16;
const MAX_KINDS = 64;
const MAX_PER_KIND = 4;

interface Known {
  readonly gauge: Gauge;
  readonly window: ToldWindow;
}

/** Where the limits that responses tell of are kept. */
export interface ToldPlace {
  readonly connector: string;
  readonly of: Gauge['of'];
  readonly learned: Learned;
  /** Limits were added to routes. */
  changed(): void;
}

/**
 * The limits that an API tells of with its responses, and which requests they are about: those to the same first part of the path told the
 * same before. A request of a new kind may be about all of them.
 */
export class ToldLimits {
  readonly #place: ToldPlace;
  readonly #known = new Map<string, Known>();
  readonly #byKind = new Map<string, Known[]>();

  constructor(place: ToldPlace) {
    this.#place = place;
    place.learned.kind = (request) => {
      const kind = kindOf(request);
      return this.#byKind.has(kind) ? kind : '*';
    };
    place.learned.told = (request) => {
      const known = this.#byKind.get(kindOf(request)) ?? [...this.#known.values()];
      return known.map(({ gauge }) => gauge);
    };
  }

  /** The limit that a policy is about, and whether nothing was known of it; undefined when there are too many. */
  find(
    policy: BelievedPolicy,
    request: PermitRequest,
  ): (Known & { readonly isNew: boolean }) | undefined {
    const { name, limit, windowMs } = policy;
    const id = `${name}|${limit ?? ''}|${windowMs ?? ''}`;
    const isNew = !this.#known.has(id);
    const known = this.#known.get(id) ?? this.#add(id, policy);
    if (known === undefined) return undefined;
    const kind = kindOf(request);
    const ofKind = this.#byKind.get(kind) ?? [];
    if (!ofKind.includes(known) && (ofKind.length > 0 || this.#byKind.size < MAX_KINDS)) {
      this.#byKind.set(kind, [...ofKind, known].slice(-MAX_PER_KIND));
      this.#place.changed();
    }
    return { ...known, isNew };
  }

  *gauges(): Iterable<Gauge> {
    for (const { gauge } of this.#known.values()) yield gauge;
  }

  #add(id: string, { name, limit, windowMs }: BelievedPolicy): Known | undefined {
    if (this.#known.size >= MAX_TOLD) return undefined;
    const { connector, of } = this.#place;
    const label =
      name === 'default' ? `told by the API${limit === undefined ? '' : `: ${limit}`}` : name;
    const window = new ToldWindow(limit, windowMs ?? null);
    const spec = { connector, label, reserve: 0 };
    const known = { gauge: new Gauge(window, spec, of), window };
    this.#known.set(id, known);
    return known;
  }
}

function kindOf({ method, path }: PermitRequest): string {
  const first = /^\/?([^/?#]*)/.exec(path)?.[1] ?? '';
  return `${method.toUpperCase()} /${first}`;
}
