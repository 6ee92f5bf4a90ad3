import type { CanonicalValue } from '#kernel';
import type { Scenario } from './mirror-state.js';

const set = (field: string, to: CanonicalValue) => ({ do: 'set', field, to }) as const;

const base: Scenario = {
  name: '',
  policy: { price: 'erp' },
  shop: { price: 'old' },
  erp: { price: 'old' },
  isKnown: true,
  userMay: [set('price', 'old'), set('price', 'typed')],
  userEdits: 2,
  erpDoes: [set('price', 'new')],
  faults: 1,
  versionOrder: 'numeric',
};

/** Keeps at most one digit after the point. */
function toOneDigit(value: CanonicalValue): CanonicalValue {
  return typeof value === 'string' && /^\d+\.\d\d+$/.test(value) ? value.slice(0, value.indexOf('.') + 2) : value;
}

/** The worlds in which the protocol is explored; nearly all with a crash, a lost or late answer, or a slow process. */
export const SCENARIOS = {
  owned: { ...base, name: 'the ERP owns the field', userMay: [set('price', 'typed')] },
  allEdits: {
    ...base,
    name: 'any edits, versions without an order',
    userMay: [set('price', 'old'), set('price', 'new'), set('price', 'typed')],
    faults: 0,
    versionOrder: 'none',
  },
  last: {
    ...base,
    name: 'the last writer wins',
    policy: { price: 'last' },
    userMay: [set('price', 'old'), set('price', 'new')],
  },
  lastEtags: {
    ...base,
    name: 'the last writer wins, versions without an order',
    policy: { price: 'last' },
    userEdits: 1,
    versionOrder: 'none',
  },
  twoFaults: {
    ...base,
    name: 'two faults',
    erp: { price: 'new' },
    erpDoes: [],
    userMay: [set('price', 'old')],
    userEdits: 1,
    faults: 2,
  },
  twoFields: {
    ...base,
    name: 'the shop owns one of two fields',
    policy: { price: 'erp', note: 'shop' },
    shop: { price: 'old', note: 'a' },
    userMay: [set('note', 'b'), set('price', 'typed')],
    faults: 0,
  },
  touch: {
    ...base,
    name: 'a record is saved unchanged',
    erp: { price: 'new' },
    userMay: [{ do: 'touch' }, set('price', 'new')],
    erpDoes: [],
  },
  existence: {
    ...base,
    name: 'users delete and create records that the ERP keeps',
    userMay: [{ do: 'delete' }, { do: 'create', fields: { price: 'typed' } }],
    erpDoes: [],
  },
  removal: {
    ...base,
    name: 'the ERP deletes the record',
    userMay: [{ do: 'create', fields: { price: 'old' } }, set('price', 'typed')],
    userEdits: 1,
    erpDoes: [{ do: 'delete' }],
  },
  rebirth: {
    ...base,
    name: 'the ERP deletes the record and creates it again',
    userMay: [{ do: 'create', fields: { price: 'old' } }, set('price', 'typed')],
    erpDoes: [{ do: 'delete' }, { do: 'create' }],
    faults: 0,
  },
  creation: {
    ...base,
    name: 'the hub creates the record',
    policy: { price: 'last' },
    shop: null,
    userMay: [{ do: 'create', fields: { price: 'typed' } }, set('price', 'typed')],
    erpDoes: [],
  },
  noUniqueKey: {
    ...base,
    name: 'the system takes a second record of a key',
    shop: null,
    hasUniqueKey: false,
    userMay: [set('price', 'typed')],
    userEdits: 1,
    erpDoes: [],
    faults: 2,
  },
  firstSight: {
    ...base,
    name: 'a record seen for the first time',
    isKnown: false,
    policy: { price: 'last' },
    erp: { price: 'new' },
    userEdits: 1,
    erpDoes: [],
  },
  rounding: {
    ...base,
    name: 'the system rounds',
    shop: { price: '1' },
    erp: { price: '1' },
    userMay: [set('price', '9.9'), set('price', '5')],
    userEdits: 1,
    erpDoes: [set('price', '9.99')],
    stores: toOneDigit,
  },
  absent: {
    ...base,
    name: 'reads leave a field out for a while',
    policy: { price: 'erp', note: 'shop' },
    shop: { price: 'old', note: 'a' },
    userMay: [
      { do: 'hide', field: 'note' },
      { do: 'show', field: 'note' },
    ],
    faults: 0,
  },
  longReread: {
    ...base,
    name: 'the re-reader reads in its transaction',
    policy: { price: 'last' },
    rereadsInTransaction: true,
    faults: 0,
    versionOrder: 'none',
  },
} as const satisfies Record<string, Scenario>;
