import { entriesOf } from './body-walk.js';
import { limitWords } from './limit-words.js';
import { nameWords } from './name-words.js';

/** The fields of an object, their names in words. */
export type Fields = readonly (readonly [string, unknown])[];

/** An envelope has few fields; what has more is data under keys of its own. */
export const MAX_FIELDS = 64;

/** Where errors stand in an envelope. */
export const ERROR_KEY =
  /^(?:errors?|\w+ errors|faults?|exceptions?|err|error (?:code|message|msg|text|type|info|description|summary|reason|details?|response)|errcode|errmsg|problem)$/;
/** An identity or a history: errors have neither, but ids of requests and time stamps. */
const RECORD_KEY =
  /^(?:id|uuid|guid|sid|gid|(?:object|record|job|task|import|export|batch|report|run|sync|order|ticket|file|document) id|last modified|(?:date )?(?:created|updated|modified|started|finished|completed|delivered|sent)(?: at| on| time| date)?)$/;
const SUCCESS_KEY = /^(?:ok|success|succeeded|successful|is success)$/;
/** Counts of work that was done. */
const DONE_KEY =
  /^(?:(?:num |number of |total )?(?:imported|created|updated|deleted|inserted|upserted|processed|accepted|succeeded|successful))(?: count)?$/;
const CODE_KEY = /^(?:code|cod|status|status code|ret|ret code|retcode|return code|result code)$/;
const MESSAGE_KEY =
  /^(?:message|msg|note|information|info|details?|reason|description|documentation url)$/;
const EXPLANATION_KEY = /^(?:message|msg|ret msg|error message|detail|info)$/;
/** What some APIs write beside the code of a success, which may be 1 or 10000. */
const DONE_MESSAGE = /^(?:|ok(?:ay)?|success(?:ful(?:ly)?)?)[.!]?$/i;
const FAILED_STATUS =
  /^(?:notok|not ok|error|errors|fail|failed|failure|ko|nok|denied|rejected|throttled|over query limit|over daily limit|rate limited|limited|too many requests)$/;

export function fieldsOf(value: unknown): Fields {
  return entriesOf(value, MAX_FIELDS).map(([key, own]) => [nameWords(key).join(' '), own]);
}

/** Whether an object is a thing that the API keeps, so that what it says of errors is of another call. */
export function isRecord(fields: Fields): boolean {
  return (
    fields.some(([key, value]) => RECORD_KEY.test(key) && value !== null && value !== '') &&
    !fields.some(([key]) => key === 'jsonrpc')
  );
}

/** Whether an envelope says that its call was done, at least in part: its errors are of the rest. */
export function saysDone(fields: Fields): boolean {
  return fields.some(
    ([key, value]) =>
      (SUCCESS_KEY.test(key) && (value === true || value === 'true' || value === 1)) ||
      (DONE_KEY.test(key) && typeof value === 'number' && value > 0) ||
      (Array.isArray(value) && value.length > 0 && !ERROR_KEY.test(key) && !isNotice(key)),
  );
}

function isNotice(key: string): boolean {
  return /^(?:messages|warnings|details|links|violations|reasons|headers|path|responses)$/.test(
    key,
  );
}

/** Whether an envelope says in so many words that its call failed; its reasons may stand beside. */
export function saysNotDone(fields: Fields): boolean {
  return fields.some(
    ([key, value]) =>
      SUCCESS_KEY.test(key) && (value === false || value === 'false' || value === 0),
  );
}

/** Whether the scalars of an envelope say that the call failed although its status does not. */
export function saysFailure(fields: Fields): boolean {
  const scalars = fields.filter(([, value]) => typeof value !== 'object');
  // An answer of nothing but a message is a refusal, not a record.
  if (
    fields.length > 0 &&
    fields.every(([key, value]) => MESSAGE_KEY.test(key) && typeof value !== 'object')
  )
    return true;
  if (saysNotDone(fields)) return true;
  return scalars.some(([key, value]) => {
    if (ERROR_KEY.test(key)) return value !== false && value !== '' && value !== 0 && value !== '0';
    if (/^(?:status|result|state|stat|message)$/.test(key) && isFailedStatus(value))
      return scalars.length > 1;
    return CODE_KEY.test(key) && isErrorCode(value, scalars);
  });
}

function isFailedStatus(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length < 40 && FAILED_STATUS.test(nameWords(value).join(' '))
  );
}

/** An HTTP status, or where a message explains it any other number but zero, or a code that speaks of a limit. */
function isErrorCode(value: unknown, scalars: Fields): boolean {
  const code = typeof value === 'boolean' || value === '' ? NaN : Number(value);
  const explained = scalars.some(
    ([key, own]) => EXPLANATION_KEY.test(key) && !DONE_MESSAGE.test(String(own)),
  );
  if (Number.isNaN(code))
    return explained && typeof value === 'string' && limitWords(value, true) !== undefined;
  if (code === 0 || (code >= 200 && code < 300)) return false;
  return (code >= 400 && code < 600) || explained;
}
