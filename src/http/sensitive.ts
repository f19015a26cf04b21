import { MASK, withoutSecretFields } from '../core/redaction/secret-fields.js';
import { secrecyOf } from '../core/redaction/secret-names.js';
import { withoutSecretTexts } from '../core/redaction/secret-texts.js';

/** Whether a header or parameter of this name is always redacted. */
function isSensitive(name: string): boolean {
  return secrecyOf(name) !== 'none';
}

/** Headers by name, without the values of those that are always redacted. @param redact for the others */
export function shownHeaders(
  headers: Headers,
  hides: (name: string) => boolean,
  redact: (text: string) => string,
): Readonly<Record<string, string>> {
  const shown: [string, string][] = [];
  for (const [name, value] of headers) {
    shown.push([name, isSensitive(name) || hides(name) ? MASK : withoutSecretTexts(redact(value))]);
  }
  return Object.fromEntries(shown);
}

/** An address without user name and password, and without the values of parameters that are always redacted. */
export function shownAddress(url: URL, hides: (name: string) => boolean): string {
  const place = `${url.origin}${url.pathname}`;
  if (url.search === '') return place;
  const parameters = url.search.slice(1).split('&');
  const shown = parameters.map((parameter) => {
    const [written = ''] = parameter.split('=', 1);
    const name = new URLSearchParams(written).keys().next().value ?? written;
    return isSensitive(name) || hides(name) ? `${written}=${MASK}` : parameter;
  });
  // A value may be an address with secrets of its own.
  return `${place}?${withoutSecretTexts(shown.join('&'))}`;
}

/** A body without what is always redacted: fields by their names, keys and tokens by what they look like. */
export function shownBody(text: string): string {
  return withoutSecretTexts(withoutSecretFields(text));
}
