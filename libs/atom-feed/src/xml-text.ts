/** What XML 1.0 can't say at all, not even as a reference: most control characters, halves of pairs, two non-characters. */
const UNSPEAKABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const LONE = /\p{Surrogate}/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * A text for element content or a quoted attribute; white space survives both. What XML can't say becomes U+FFFD.
 * @see https://www.w3.org/TR/xml/#charsets
 */
export function xmlText(text: string): string {
  return text.replace(UNSPEAKABLE, '\ufffd').replace(/[&<>"'\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

/** A value as JSON that is plain XML text: what XML can't say is escaped as JSON escapes, so that nothing is lost. */
export function jsonForXml(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(UNSPEAKABLE, escaped);
}

/** The text without halves of pairs, which no address can hold. */
export function wellFormed(text: string): string {
  return text.replace(LONE, '\ufffd');
}
