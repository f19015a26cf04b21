import type { RateLimitKind, RateLimitScope } from './types.js';

export interface Spoken {
  readonly path: string;
  readonly status: number;
  readonly headerNames: readonly string[];
  /** The words of the body's error. */
  readonly context: string;
}

export interface Documented {
  readonly scope?: RateLimitScope;
  readonly kind?: Exclude<RateLimitKind, 'none'>;
}

interface Entry extends Documented {
  readonly when: (spoken: Spoken) => boolean;
}

/**
 * Who shares a limit where only the vendor's documentation says so, recognised by shapes that no other API has. It never
 * decides whether or how long: those come from what the response itself says.
 */
const ENTRIES: readonly Entry[] = [
  // Slack counts each method by itself.
  {
    scope: 'endpoint',
    when: ({ path }) => /^\/api\/[a-z]{2,20}\.(?!json$|xml$|csv$)[a-zA-Z.]{2,60}$/.test(path),
  },
  // Strava's limits are the application's.
  {
    scope: 'app',
    when: ({ headerNames }) =>
      headerNames.some((name) => /^x-(?:read)?ratelimit-usage$/.test(name)),
  },
  // Twitch and SharePoint count by client id.
  {
    scope: 'app',
    when: ({ path, headerNames }) =>
      path.startsWith('/helix/') && headerNames.includes('ratelimit-limit'),
  },
  {
    scope: 'app',
    when: ({ path, headerNames }) =>
      /\/(?:sites|_api)\//.test(path.slice(0, 200)) && headerNames.includes('ratelimit-limit'),
  },
  // Django REST framework's refusal; its throttles are set by view.
  { scope: 'endpoint', when: ({ context }) => context.includes('expected available in') },
  // SendGrid and Braze count by route.
  {
    scope: 'endpoint',
    when: ({ path, headerNames }) =>
      /^\/v3\/(?:marketing|mail|templates|suppression|asm|messages)\b/.test(path) &&
      headerNames.includes('x-ratelimit-limit'),
  },
  {
    scope: 'endpoint',
    when: ({ path, headerNames }) =>
      /^\/users\/(?:track|identify|export|delete|merge)\b/.test(path) &&
      headerNames.includes('x-ratelimit-limit'),
  },
  // Workable writes its headers as those who count by route, but counts by token.
  { scope: 'connection', when: ({ path }) => path.startsWith('/spi/v') },
  // Bitbucket counts an hour.
  {
    kind: 'quota',
    when: ({ context, path }) =>
      path.startsWith('/2.0/') && context.includes('rate limit for this resource'),
  },
];

/** What documentation adds to what a response says; empty for an API that is not recognised. */
export function documented(spoken: Spoken): Documented {
  return ENTRIES.find((entry) => entry.when(spoken)) ?? {};
}
