import type { Scene } from '../world.js';

export const seed: Scene = { name: 'seed', title: 'seed', run: async () => ({}) };
