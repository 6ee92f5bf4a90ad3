import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { jsonForXml, wellFormed, xmlText } from './xml-text.js';

/** What a strict parser reads from element content and from an attribute. */
function parsed(text: string): readonly string[] {
  const parser = new SaxesParser();
  const found = { content: '', attribute: '' };
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (part) => (found.content += part));
  parser.on('opentag', ({ attributes }) => (found.attribute = String(attributes['a'])));
  parser.write(`<x a="${xmlText(text)}">${xmlText(text)}</x>`).close();
  return [found.content, found.attribute];
}

const units = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
const hostile = fc.string({
  unit: fc.constantFrom('<', '&', '>', '"', "'", ']]>', '\r', '\n', '\t', ' ', '\0', '\ufffe', 'é'),
});

describe('a text in XML', () => {
  test('is read back as it was, but for what XML can not say', () => {
    fc.assert(
      fc.property(fc.oneof(units, hostile), (text) => {
        const wanted = [...text].map((character) => (isSpeakable(character) ? character : '\ufffd')).join('');
        expect(parsed(text)).toEqual([wanted, wanted]);
      }),
    );
  });

  test('loses nothing as JSON', () => {
    fc.assert(
      fc.property(fc.oneof(units, hostile), (text) => {
        const [content = ''] = parsed(jsonForXml({ text }));
        expect(JSON.parse(content)).toEqual({ text });
      }),
    );
  });

  test('has an address whatever it is', () => {
    fc.assert(fc.property(units, (text) => expect(() => encodeURIComponent(wellFormed(text))).not.toThrow()));
  });
});

/** Char of XML 1.0, by its production. */
function isSpeakable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const isLone = code >= 0xd800 && code <= 0xdfff;
  return [0x9, 0xa, 0xd].includes(code) || (code >= 0x20 && !isLone && code !== 0xfffe && code !== 0xffff);
}
