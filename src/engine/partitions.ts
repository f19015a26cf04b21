import PQueue from 'p-queue';
import {
  AbortedError,
  AuthError,
  ConfigError,
  SynclineError,
  type SynclineErrorOptions,
  ValidationError,
} from '../core/errors.js';
import { isObject } from '../core/json.js';
import { keyPart, keyProblem } from '../core/key.js';
import { type ErrorInfo, toErrorInfo } from '../events/error-info.js';
import { validate } from '../quality/validate.js';
import { type Run, placeOf, countRequest, type Part, commitBare } from './run.js';
import { startsEarlier } from './earlier-start.js';
import { letGo, ownIterator } from './own-iterator.js';
import { dueSweep, readPart } from './read-part.js';
import { openCallbacks } from './run-context.js';
import { hasResume, openPosition, type Position, roundOf, START } from './stream-state.js';

const DEFAULT_CONCURRENCY = 4;
const SHOWN_FAILURES = 20;
const PAGE = 500;

/** Some partitions of a run failed; what the others brought is committed. */
export class PartitionsError extends SynclineError {
  override readonly name = 'PartitionsError';
  override readonly code = 'PARTITIONS';
  /** The first 20 that failed, and why. */
  readonly partitions: readonly { readonly partition: string; readonly error: ErrorInfo }[];

  constructor(
    message: string,
    options: SynclineErrorOptions & { readonly partitions: PartitionsError['partitions'] },
  ) {
    super(message, options);
    this.partitions = options.partitions;
  }
}

/** A partition as the stream lists it. */
interface Listed {
  readonly key: string;
  readonly partition: unknown;
  readonly modified: string | number | null;
}

/**
 * Reads each partition that the stream lists, several at a time. One that fails does not stop the others.
 *
 * @throws {PartitionsError} when all have been tried and any has failed
 */
export async function readPartitions(run: Run): Promise<void> {
  const { target, active } = run;
  const concurrency = target.stream.partitionConcurrency ?? DEFAULT_CONCURRENCY;
  const queue = new PQueue({ concurrency });
  const failures = new Failures(run);
  for await (const listed of listPartitions(run)) {
    // Listing goes no further ahead than there are hands to read: memory stays the same for any number.
    await active.race(queue.onSizeLessThan(concurrency));
    if (failures.fatal !== undefined) break;
    void queue.add(async () => {
      try {
        await readListed(run, listed);
      } catch (error) {
        failures.add(listed.key, error);
      }
    });
  }
  await active.race(queue.onIdle());
  failures.throwIfAny();
  const round = roundOf(run.state, run.mode);
  if (run.state.pass && round !== null) await forgetVanished(run, round);
}

class Failures {
  readonly #run: Run;
  readonly #shown: { readonly partition: string; readonly error: ErrorInfo }[] = [];
  #count = 0;
  #first: unknown;
  #retryable = true;
  /** An error that every other partition would meet too. */
  fatal: Error | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  add(partition: string, error: unknown): void {
    if (this.#count === 0) this.#first = error;
    this.#count += 1;
    this.#retryable &&= error instanceof SynclineError && error.retryable;
    if (this.#shown.length < SHOWN_FAILURES)
      this.#shown.push({ partition, error: toErrorInfo(error) });
    if (error instanceof AuthError || error instanceof AbortedError) this.fatal = error;
  }

  throwIfAny(): void {
    if (this.fatal) throw this.#run.active.reason ?? this.fatal;
    if (this.#count === 0) return;
    const names = this.#shown
      .slice(0, 3)
      .map(({ partition, error }) => `'${partition}': ${error.message}`);
    throw new PartitionsError(
      `${placeOf(this.#run)}: ${this.#count} ${this.#count === 1 ? 'partition' : 'partitions'} failed, the others are committed. ${names.join(' · ')}`,
      { partitions: this.#shown, cause: this.#first, retryable: this.#retryable },
    );
  }
}

async function readListed(run: Run, { key, partition, modified }: Listed): Promise<void> {
  const { env, target, active } = run;
  active.guard();
  const stored = await env.store.getPosition({ ref: target.ref, partition: key });
  const position = stored === undefined ? firstPosition(run) : openPosition(stored);
  if (isSkipped(run, position, modified)) return;
  const part: Part = { key, partition, modified, position };
  if (beginsAgain(run, part.position)) await dueSweep(run);
  // Read already in this pass, it is not frozen until the others are: only what is new in it is read.
  const mode = run.cursor.kind !== 'none' && isPassed(run, position) ? 'incremental' : run.mode;
  await active.race(readPart(run, part, () => whenExpired(run), mode));
}

/** Where a partition begins that was never read. */
function firstPosition({ state: { fullAt, resetTo } }: Run): Position {
  return { ...START, cursor: fullAt === null ? resetTo : null };
}

/** A first listing by token that is begun anew: what another one has stored may be gone by now, and no delta will tell. */
function beginsAgain({ cursor, mode, state }: Run, position: Position): boolean {
  const { cursor: committed, incremental, full } = position;
  const isBegun = [incremental, full].some((chain) => chain !== null && chain.read > 0);
  const isFirst = cursor.kind === 'token' && committed === null;
  return isFirst && isBegun && !hasResume(position[mode], roundOf(state, mode));
}

/** What a delta token no longer tells, only a pass finds out. */
async function whenExpired(run: Run): Promise<void> {
  if (run.cursor.kind === 'token') await dueSweep(run);
}

/** Read to its end already in this round of the pass, by an earlier run. */
function isPassed({ mode, state }: Run, { passed }: Position): boolean {
  const round = roundOf(state, mode);
  return round !== null && passed === round;
}

/** By what it says of its last change, not changed since it was read to its end. */
function isSkipped(run: Run, position: Position, modified: string | number | null): boolean {
  if (run.mode === 'full' && !isPassed(run, position)) return false;
  return (
    !startsEarlier(run, position) &&
    modified !== null &&
    position.modified === modified &&
    !hasResume(position.incremental, null)
  );
}

async function* listPartitions(run: Run): AsyncGenerator<Listed, void, undefined> {
  const { env, target, active } = run;
  const { stream } = target;
  const { context } = openCallbacks(env, target, run, {
    observe: (exchange) => {
      countRequest(run, exchange.attempt);
    },
  });
  const listed = new Set<string>();
  const iterator = iterate(stream.partitions?.(context), run);
  try {
    for (;;) {
      const next = await active.race(iterator.next());
      if (next.done === true) return;
      const partition = await toListed(run, next.value);
      if (listed.has(partition.key)) continue;
      listed.add(partition.key);
      yield partition;
    }
  } finally {
    letGo(iterator);
  }
}

function iterate(partitions: unknown, { target }: Run): AsyncIterator<unknown> {
  const iterator = ownIterator(partitions);
  if (iterator !== undefined) return iterator;
  const path = `streams.${target.ref.stream}.partitions`;
  throw new ConfigError(
    `${path}: must return an async iterable of partitions; write it as async *partitions(ctx) { yield { key: … } }`,
    { context: { ...target.ref, path } },
  );
}

async function toListed(run: Run, raw: unknown): Promise<Listed> {
  const path = `streams.${run.target.ref.stream}.partitions`;
  const part = keyPart(isObject(raw) ? raw['key'] : undefined, 'key');
  const problem = 'problem' in part ? part.problem : keyProblem(part.text);
  if ('problem' in part || problem !== undefined) {
    throw new ConfigError(`${path}: a partition is an object with a key: ${problem ?? ''}`, {
      context: { ...run.target.ref, path },
    });
  }
  const { partition: schema } = run.target.stream;
  const modified = isObject(raw) ? raw['modified'] : undefined;
  const listed = {
    key: part.text,
    modified: typeof modified === 'string' || typeof modified === 'number' ? modified : null,
  };
  if (!schema) return { ...listed, partition: raw };
  const result = await validate(schema, raw);
  if (result.ok) return { ...listed, partition: result.value };
  throw new ValidationError(
    `${path}: partition '${part.text}' does not satisfy the schema in 'partition': ${result.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    { issues: result.issues, context: { ...run.target.ref, path } },
  );
}

/** What is no longer listed has been judged by the pass: where its partition was read up to is not needed any more. */
async function forgetVanished(run: Run, round: string): Promise<void> {
  const { env, target } = run;
  for (let after: string | undefined; ;) {
    const rows = await env.store.listPositions({
      ref: target.ref,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    const gone = rows.filter(({ position }) => openPosition(position).passed !== round);
    if (gone.length > 0)
      await commitBare(
        run,
        gone.map(({ partition }) => ({ partition, position: null })),
      );
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.partition;
    await env.breathe();
  }
}
