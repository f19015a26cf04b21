export { fakeApi } from './testing/fake-api.js';
export type {
  FakeAnswer,
  FakeApi,
  FakeApiOptions,
  FakeRequest,
  ServedPage,
} from './testing/fake-api.js';
export { FakeList } from './testing/fake-list.js';
export type { FakeChange, FakeListOptions, FakePaging, FakeVersion } from './testing/fake-list.js';
export type { FakePage } from './testing/list-page.js';
export { seededRandom } from './testing/seeded-random.js';
export type { StampKind, Stamps } from './testing/stamp.js';
export { virtualClock } from './testing/virtual-clock.js';
export type { VirtualClock, VirtualClockOptions } from './testing/virtual-clock.js';
