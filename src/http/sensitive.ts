const MASK = '[redacted]';

/** Names whose values are secret, whoever sets them: those of headers, query parameters, and fields of bodies. */
const SECRET =
  /authoriz|cookie|token|secret|passw|api[-_]?key|access[-_]?key|credential|session|signature|x-auth|^(?:key|sig|auth|assertion|code_verifier)$/i;
/** Places in a list are called tokens too, and are what one looks for in a log. */
const PLACE = /page|sync|next|continuation|cursor/i;

const known = new Map<string, boolean>();
const MAX_KNOWN = 1_000;

/** Whether a header, parameter or field of this name is always redacted. */
function isSensitive(name: string): boolean {
  let sensitive = known.get(name);
  if (sensitive === undefined) {
    sensitive = SECRET.test(name) && !PLACE.test(name);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, sensitive);
  }
  return sensitive;
}

/** Headers by name, without the values of those that are always redacted. @param redact for the others */
export function shownHeaders(
  headers: Headers,
  hides: (name: string) => boolean,
  redact: (text: string) => string,
): Readonly<Record<string, string>> {
  const shown: [string, string][] = [];
  for (const [name, value] of headers) {
    shown.push([name, isSensitive(name) || hides(name) ? MASK : redact(value)]);
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
  return `${place}?${shown.join('&')}`;
}

/** JSON's fields with a text, the last of which may be cut; and a form's. */
const FIELD = /"([^"\\]{1,60})"(\s*:\s*)"(?:[^"\\]|\\.)*(?:"|\\?$)/g;
const PARAMETER = /(^|&)([\w.[\]-]{1,60})=[^&\s]*/g;

/** A body without the values of fields that are always redacted. */
export function shownBody(text: string): string {
  const isForm = /^[\w.[\]-]{1,60}=/.test(text);
  return isForm
    ? text.replace(PARAMETER, (all, before: string, name: string) =>
        isSensitive(name) ? `${before}${name}=${MASK}` : all,
      )
    : text.replace(FIELD, (all, name: string, colon: string) =>
        isSensitive(name) ? `"${name}"${colon}"${MASK}"` : all,
      );
}
