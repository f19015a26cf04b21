import type { Log } from '../connector/context.js';
import type { Emitter } from '../events/emitter.js';
import type { ConnectionRow } from '../storage/connections.js';

/** `ctx.log` of what is done for a connection outside of its runs. */
export function connectionLog(emitter: Emitter, { connector, id, tags }: ConnectionRow): Log {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log['info'] =>
    (message, data) => {
      emitter.emit({
        type: 'log.line',
        level,
        connector,
        connection: id,
        tags,
        message,
        ...(data === undefined ? {} : { data }),
      });
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
