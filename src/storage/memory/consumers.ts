import type { ConsumerClaim, ConsumerStore } from '../consumers.js';
import { consumerLost, misuse } from '../refusals.js';
import type { MemoryConsumer, Tables } from './tables.js';

export function consumerVerbs(tables: Tables): ConsumerStore {
  return {
    claimConsumer: (params) => tables.work(() => claimConsumer(tables, params)),

    moveConsumer: ({ name, token, offset, reset = false }) =>
      tables.work(() => {
        const consumer = tables.consumers.get(name);
        if (consumer?.token !== token) throw consumerLost(name, token, 'moveConsumer');
        consumer.offset = offset;
        consumer.reset = reset;
        if (offset === 0) consumer.anew = tables.seq;
      }),

    releaseConsumer: ({ name, token }) =>
      tables.work(() => {
        const consumer = tables.consumers.get(name);
        if (consumer?.token === token) consumer.holder = null;
      }),

    getConsumer: ({ name }) =>
      tables.work(() => {
        const consumer = tables.consumers.get(name);
        return consumer && { offset: consumer.offset };
      }),
  };
}

function claimConsumer(
  tables: Tables,
  params: Parameters<ConsumerStore['claimConsumer']>[0],
): ConsumerClaim | undefined {
  const { name, connector, stream, startAt, owner, now, leaseMs } = params;
  const consumer: MemoryConsumer = tables.consumers.get(name) ?? {
    connector,
    stream,
    offset: startAt === 'now' ? tables.seq : startAt,
    anew: startAt === 0 ? tables.seq : 0,
    reset: false,
    token: 0,
    holder: null,
  };
  if (consumer.connector !== connector || consumer.stream !== stream) {
    throw misuse(
      `claimConsumer: consumer '${name}' reads ${consumer.connector}/${consumer.stream}; a consumer of ${connector}/${stream} needs another name.`,
      { connector, stream, consumer: name },
    );
  }
  const { holder } = consumer;
  if (holder && holder.owner !== owner && holder.until > now) return undefined;
  if (holder?.owner !== owner) consumer.token += 1;
  consumer.holder = { owner, until: now + leaseMs };
  tables.consumers.set(name, consumer);
  const { token, offset, anew, reset } = consumer;
  return { name, token, offset, anew, reset };
}
