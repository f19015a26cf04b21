import { StoreError, SynclineError } from '../../core/errors.js';

/** What was being done when an error came. */
export interface Doing {
  /** The file, or how to call what was handed over. */
  readonly path: string;
  readonly verb: string;
}

/** Whether somebody else is writing, and trying again will do. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_PROTOCOL');
}

/** The error to reject with: the driver's become `StoreError`s that say what to do, others stay what they are. */
export function toStoreError(error: unknown, doing: Doing): unknown {
  if (error instanceof SynclineError) return error;
  const code = sqliteCode(error);
  if (code !== undefined) return explain(code, error, doing);
  if (!(error instanceof TypeError)) return error;
  const { path, verb } = doing;
  if (error.message.includes('directory does not exist')) {
    return new StoreError(
      `The database ${path} cannot be created: its directory does not exist. Create the directory first.`,
      { cause: error, context: { path, verb } },
    );
  }
  if (error.message.includes('connection is not open')) {
    return new StoreError(
      `${verb} was refused: the handle of ${path} has been closed. Keep it open until the syncer has stopped.`,
      { cause: error, context: { path, verb } },
    );
  }
  return error;
}

export function lockedTooLong(error: unknown, { path, verb }: Doing, waitedMs: number): StoreError {
  return new StoreError(
    `${verb} was given up after ${waitedMs} ms: the database ${path} is locked by another process all the time. Nothing of it was stored. ` +
      'Look for a shell, backup or program that holds a long transaction on it.',
    { cause: error, retryable: true, context: { path, verb, sqlite: sqliteCode(error) } },
  );
}

const kinds: readonly (readonly [prefix: string, retryable: boolean, text: string])[] = [
  [
    'SQLITE_READONLY',
    false,
    'it is read-only. Give this process the right to write the file and its directory (SQLite keeps -wal and -shm files beside it), or ' +
      'open the handle without `readonly`',
  ],
  [
    'SQLITE_FULL',
    true,
    'the disk, or what the database may take of it, is full. Free some space and try again; what was committed before is safe',
  ],
  [
    'SQLITE_NOTADB',
    false,
    'it is not a SQLite database. See that the path is right; it was not touched',
  ],
  [
    'SQLITE_CORRUPT',
    false,
    'it is damaged. Restore it from a backup, or save what can be read with `sqlite3 <file> .recover`',
  ],
  [
    'SQLITE_CANTOPEN',
    false,
    'the file cannot be opened. See that the path names a file (not a directory) that this process may read and write',
  ],
  [
    'SQLITE_IOERR',
    true,
    'the disk failed or the file was taken away. Look at the disk; what was committed before is safe as far as the disk kept it',
  ],
  ['SQLITE_TOOBIG', false, 'a value is larger than SQLite can store (1 GB)'],
  ['SQLITE_PERM', false, 'this process may not use the file. Give it the right to read and write'],
];

function explain(code: string, error: unknown, { path, verb }: Doing): StoreError {
  const [, retryable, text] = kinds.find(([prefix]) => code.startsWith(prefix)) ?? [
    code,
    isBusy(error),
    `SQLite answered ${code} (${error instanceof Error ? error.message : String(error)})`,
  ];
  return new StoreError(`${verb} failed on the database ${path}: ${text}.`, {
    cause: error,
    retryable,
    context: { path, verb, sqlite: code },
  });
}

/** The code of an error that the driver raised for SQLite. */
function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'SqliteError' || !('code' in error)) {
    return undefined;
  }
  return typeof error.code === 'string' ? error.code : undefined;
}
