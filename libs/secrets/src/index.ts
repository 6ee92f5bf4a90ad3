export { openSecret, rewrapSecret, sealSecret } from './envelope.js';
export { sealingKeysOf, type SealingKey, type SealingKeys } from './sealing-keys.js';
