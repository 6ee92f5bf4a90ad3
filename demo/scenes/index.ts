import type { Scene } from '../world.js';
import { badDay } from './bad-day.js';
import { drift } from './drift.js';
import { explainScene } from './explain.js';
import { ownership } from './ownership.js';
import { priceChange } from './price-change.js';
import { seed } from './seed.js';

/** All scenes, in their order. */
export const SCENES: readonly Scene[] = [priceChange, ownership, drift, badDay, seed, explainScene];
