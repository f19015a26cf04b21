import type { RunScope, StreamScope } from './event-base.js';

interface Pass {
  /** `snapshot`: a full reading · `probe`: stored keys were asked for · `sweep`: the full reading after an expired token. */
  readonly kind: 'snapshot' | 'probe' | 'sweep';
  /** How many stored records it judges: those stored before it began. */
  readonly judged: number;
  /** How many of these it has not met. */
  readonly missing: number;
}

/** Finding out what is gone at the remote: `deletion.*`. */
export interface DeletionEvents {
  /** A pass has read everything and judges. Nothing is deleted yet: what is missing is confirmed first. */
  'deletion.pass': RunScope & Pass;

  /** What a pass missed was looked at a second time. */
  'deletion.confirmed': RunScope &
    Pass & {
      /** How: by the stream's `confirm`, by a second pass, or not at all, since its paging is `stable`. */
      readonly by: 'confirm' | 'second-pass' | 'stable';
      /** How many are missing still; these are deleted. */
      readonly confirmed: number;
    };

  /** A pass deleted what is gone: each as a change of kind `delete`. */
  'deletion.applied': RunScope & { readonly kind: Pass['kind']; readonly deleted: number };

  /** A pass was not trusted: nothing is deleted, and the run succeeds all the same. */
  'deletion.guarded': RunScope &
    Pass & {
      /**
       * `ratio`: more is missing than `maxDeleteRatio` allows · `empty`: the reading was empty though records are stored ·
       * `unreadable-key`: a record without a readable key came by, which may be one of the missing.
       */
      readonly reason: 'ratio' | 'empty' | 'unreadable-key';
      /** The share that would have been allowed, 0 to 1. */
      readonly maxDeleteRatio: number;
      /** Whether the missing are kept for `approveDeletions()`; otherwise the next pass judges anew. */
      readonly held: boolean;
    };

  /** The app approved what a pass held: `approveDeletions()`. */
  'deletion.approved': StreamScope & {
    readonly deleted: number;
    /** How many held keys have been seen since, and were therefore not deleted. */
    readonly kept: number;
  };

  /** A pass was given up before it could judge; a later run begins a new one. */
  'deletion.abandoned': StreamScope & {
    /** `drift`: the list moved (`page.drift`) · `config`: the config changed · `reset`: by `reset()`. */
    readonly reason: 'drift' | 'config' | 'reset';
  };
}
